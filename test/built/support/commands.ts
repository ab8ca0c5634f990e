/** Every command with the subcommands that do something, for tests that must hold for each. */
export const COMMANDS: readonly (readonly string[])[] = [
  ...[
    'run',
    'demo',
    'sandbox',
    'check',
    'explain',
    'stop',
    'resume',
    'status',
    'health',
    'iam-policy',
    'schema',
    'replay',
  ].map((name) => [name]),
  ['journal', 'verify'],
  ['backtest'],
  ['tune'],
];
