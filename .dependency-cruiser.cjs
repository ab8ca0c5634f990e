/** The arrows that may exist between the rooms of src/ (docs/architecture.md says why). */
const { Visitor } = require('@swc/core/Visitor.js');

// swc parses `using` and its own visitor, which dependency-cruiser stands on, does not know it: walk into its
// initialisers as into those of a `const`.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function visit(statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  statement.decls = this.visitVariableDeclarators(statement.decls);
  return statement;
};

/** Rooms and what each may import, itself aside. A name with a slash is one file of a room. Only main has no limits. */
const ARROWS = {
  core: [],
  lib: ['core'],
  plugin: ['core'],
  aws: ['core', 'lib'],
  judges: ['core', 'lib/schema', 'plugin'],
  sources: ['core', 'lib', 'plugin', 'aws'],
  triggers: ['core', 'lib', 'plugin', 'aws'],
  policy: ['core', 'lib', 'plugin', 'sources/index', 'judges/index', 'triggers/index'],
  appconfig: ['core', 'lib', 'aws'],
  journal: ['core', 'lib'],
  log: ['core', 'lib'],
  http: ['core', 'lib'],
  // Asked how the daemon is, by a function; of the file it needs only its own part.
  heartbeat: ['core', 'lib', 'aws', 'policy'],
  // Told events, as log and metrics are; its SDK stays behind the tracer of lib.
  tracing: ['core', 'lib'],
  engine: ['core', 'lib', 'plugin', 'policy', 'judges/index', 'appconfig/port', 'appconfig/discover', 'appconfig/stop'],
  service: [
    ...[
      'core',
      'lib',
      'plugin',
      'aws',
      'policy',
      'appconfig',
      'engine',
      'http',
      'journal',
      'log',
      'tracing',
      'heartbeat',
    ],
    ...['sources/index', 'judges/index', 'triggers/index'],
  ],
  sandbox: ['core', 'lib'],
  demo: [
    ...[
      'core',
      'lib',
      'plugin',
      'aws',
      'policy',
      'appconfig',
      'engine',
      'http',
      'journal',
      'log',
      'service',
      'sandbox',
    ],
    ...['sources', 'judges', 'triggers'],
  ],
  cli: [
    ...[
      'core',
      'lib',
      'plugin',
      'aws',
      'policy',
      'appconfig',
      'engine',
      'http',
      'journal',
      'log',
      'service',
      'sandbox',
    ],
    ...['sources', 'judges', 'triggers', 'demo'],
  ],
};

/** Rooms that are a file rather than a folder. */
const FILES = ['plugin', 'main'];
const room = (name) => `^src/${name}${FILES.includes(name) || name.includes('/') ? '\\.ts$' : '/'}`;

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['^src/main\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-src',
      comment: 'The built form runs with production dependencies only.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'src-imports-src-only',
      comment: 'No tests, no scripts, no examples.',
      severity: 'error',
      from: { path: '^src/' },
      to: { pathNot: ['^src/', '^package\\.json$', 'node_modules/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'every-room-has-arrows',
      comment: 'A new folder of src/ needs its line in ARROWS.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['main', ...Object.keys(ARROWS)].map(room) },
      to: {},
    },
    ...Object.entries(ARROWS).map(([name, allowed]) => ({
      name: `arrows-of-${name}`,
      severity: 'error',
      from: { path: room(name) },
      to: { path: '^src/', pathNot: [name, ...allowed].map(room) },
    })),
    {
      name: 'plugins-never-import-each-other',
      severity: 'error',
      from: { path: '^src/(sources|judges|triggers)/([^/.]+)', pathNot: '/index\\.ts$' },
      to: { path: '^src/(sources|judges|triggers)/([^/.]+)', pathNot: ['^src/$1/$2'] },
    },
    {
      name: 'pure-core-and-judges',
      comment: 'No I/O, no clock, no randomness.',
      severity: 'error',
      from: { path: '^src/(core|judges)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-core-has-no-packages',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['npm'] },
    },
    {
      name: 'aws-sdk-only-where-aws-is-asked',
      comment: 'The demo is a customer of AWS itself; a heartbeat may be a metric.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(aws|appconfig|sources|triggers|heartbeat|demo)/', '^src/main\\.ts$'] },
      to: { path: 'node_modules/@(aws-sdk|smithy)/' },
    },
    {
      name: 'opentelemetry-only-in-tracing',
      comment: 'Off by default and free when off: nothing else may load it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tracing/' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'opentelemetry-is-loaded-when-asked-for',
      comment: 'The files of tracing/ that import it are themselves imported dynamically only.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tracing/' },
      to: { path: '^src/tracing/(open|delivery)\\.ts$', dynamic: false },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    // TypeScript 7 has no API to read sources by yet, so swc does; what is said then about a missing compiler does not
    // hold for it: test/gate/arrows.test.ts proves that no import is missed.
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
