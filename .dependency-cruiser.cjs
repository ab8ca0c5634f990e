/** The arrows that may exist between the rooms of src/ (docs/architecture.md says why). */

/** What each room may import; a room may always import itself. */
const ARROWS = {
  core: [],
  lib: ['core'],
  aws: ['core', 'lib'],
  judges: ['core', 'lib/schema', 'plugin'],
  sources: ['core', 'lib', 'plugin', 'aws'],
  triggers: ['core', 'lib', 'plugin', 'aws'],
  policy: ['core', 'lib', 'plugin', 'sources', 'judges', 'triggers'],
  appconfig: ['core', 'lib', 'aws'],
  journal: ['core', 'lib'],
  log: ['core', 'lib'],
  http: ['core', 'lib'],
  engine: ['core', 'lib', 'plugin', 'policy', 'appconfig/port'],
  sandbox: ['core', 'lib'],
};

const room = (name) =>
  name === 'plugin' ? '^src/plugin\\.ts$' : name.includes('/') ? `^src/${name}\\.ts$` : `^src/${name}/`;

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/main\\.ts$' },
      to: {},
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    ...Object.entries(ARROWS).map(([name, allowed]) => ({
      name: `arrows-of-${name}`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: '^src/', pathNot: [name, ...allowed].map(room) },
    })),
    {
      name: 'plugin-imports-core-only',
      severity: 'error',
      from: { path: '^src/plugin\\.ts$' },
      to: { path: '^src/', pathNot: '^src/core/' },
    },
    { name: 'nobody-imports-main', severity: 'error', from: {}, to: { path: '^src/main\\.ts$' } },
    {
      name: 'policy-imports-registries-only',
      severity: 'error',
      from: { path: '^src/policy/' },
      to: { path: '^src/(sources|judges|triggers)/', pathNot: '^src/(sources|judges|triggers)/index\\.ts$' },
    },
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
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(aws|appconfig|sources|triggers|main\\.ts)' },
      to: { path: 'node_modules/@(aws-sdk|smithy)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
