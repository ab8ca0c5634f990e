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

/**
 * Rooms and what each may import, itself aside. A name with a slash is one file of a room, one that ends with a slash a
 * folder of it. Only main has no limits.
 */
const ARROWS = {
  core: [],
  lib: ['core'],
  plugin: ['core'],
  aws: ['core', 'lib'],
  judges: ['core', 'lib/once', 'lib/schema', 'plugin'],
  // What the sources that are asked over plain HTTP share: they do not import each other.
  remote: ['core', 'lib', 'aws'],
  sources: ['core', 'lib', 'plugin', 'aws', 'remote'],
  triggers: ['core', 'lib', 'plugin', 'aws'],
  hooks: ['core', 'lib', 'plugin'],
  queues: ['core', 'lib', 'aws', 'hooks'],
  notifiers: ['core', 'lib', 'plugin', 'aws'],
  tell: ['core', 'lib'],
  policy: [
    ...['core', 'lib', 'plugin', 'sources/index', 'judges/index', 'triggers/index'],
    ...['notifiers/index', 'hooks/index', 'hooks/auth', 'hooks/sns'],
  ],
  appconfig: ['core', 'lib', 'aws'],
  journal: ['core', 'lib'],
  log: ['core', 'lib'],
  http: ['core', 'lib'],
  // Asked how the daemon is, by a function; of the file it needs only its own part.
  heartbeat: ['core', 'lib', 'aws', 'policy'],
  // Told events, as log and metrics are; its SDK stays behind the tracer of lib.
  tracing: ['core', 'lib'],
  // What calibrations need beside judges: a thread.
  calibration: ['core', 'plugin', 'judges/index'],
  engine: [
    ...['core', 'lib', 'plugin', 'policy', 'judges/index', 'calibration'],
    ...['appconfig/past', 'appconfig/port', 'appconfig/discover', 'appconfig/stop'],
  ],
  // Decides again what is over, by the very code of the daemon.
  backtest: ['core', 'lib', 'plugin', 'policy', 'judges/index', 'triggers/index', 'appconfig/port', 'engine'],
  service: [
    ...[
      'core',
      'lib',
      'plugin',
      'aws',
      'remote',
      'policy',
      'appconfig',
      'engine',
      'http',
      'journal',
      'log',
      'tell',
      'tracing',
      'heartbeat',
    ],
    ...[
      'sources/index',
      'judges/index',
      'triggers/index',
      'notifiers/index',
      'hooks/index',
      'hooks/auth',
      'hooks/reading',
      'hooks/sns',
      'queues',
    ],
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
    ...['sources', 'judges', 'triggers', 'notifiers', 'tell', 'hooks', 'queues'],
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
    ...['sources', 'judges', 'triggers', 'notifiers', 'tell', 'hooks', 'queues', 'demo', 'backtest'],
  ],
};

/** The packages that are bundled with src/; all stand in package.json as what a build needs. */
const SHIPPED = [
  ...['appconfig', 'cloudwatch', 'eventbridge', 'sns', 'sqs', 'sts'].map((name) => `@aws-sdk/client-${name}`),
  ...['@aws-sdk/credential-providers', '@aws-crypto/sha256-js', '@smithy/core', '@smithy/signature-v4'],
  ...['@slack/web-api', '@slack/webhook', 'asciichart', 'cli-table3', 'commander', 'dataloader', 'fast-xml-builder'],
  ...['fastify', 'jsep', 'json-p3', 'node-cron', 'nodemailer', 'p-retry', 'pino', 'pino-pretty', 'prom-client'],
  ...['cephes', 'undici', 'workerpool', 'yaml', 'zod'],
  ...['api', 'exporter-trace-otlp-http', 'exporter-trace-otlp-proto', 'resources', 'sdk-trace'].map(
    (name) => `@opentelemetry/${name}`,
  ),
];

/** Rooms that are a file rather than a folder. */
const FILES = ['plugin', 'main'];
const room = (name) => {
  if (name.includes('/')) return `^src/${name}(?:\\.ts$|/)`;
  return `^src/${name}${FILES.includes(name) ? '\\.ts$' : '/'}`;
};

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
      name: 'only-shipped-packages-in-src',
      comment: 'What src/ imports goes into the bundle: no tool may, and nothing that package.json does not name.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/', pathNot: SHIPPED.map((name) => `node_modules/${name}/`) },
    },
    {
      name: 'no-package-of-a-package-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
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
      from: { path: '^src/(sources|judges|triggers|hooks|notifiers)/([^/.]+)', pathNot: '/index\\.ts$' },
      to: {
        path: '^src/(sources|judges|triggers|hooks|notifiers)/([^/.]+)',
        // What formats share of authentication and reading is no plugin, nor are statistics.
        pathNot: ['^src/$1/$2', '^src/hooks/(auth|reading)/', '^src/judges/(stats|reading)/'],
      },
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
      comment:
        'The demo is a customer of AWS itself; notifiers publish to SNS and EventBridge; a heartbeat may be a metric.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/(aws|appconfig|sources|triggers|queues|notifiers|heartbeat|demo)/', '^src/main\\.ts$'],
      },
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
