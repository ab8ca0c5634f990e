#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { keepCompiled, writeCompiled } from './cli/compiled.ts';
import { EXIT } from './cli/exit-codes.ts';
import type { CliIo } from './cli/io.ts';
import { firstEndSignal } from './cli/signals.ts';
/** The composition root: the only place that reads the process's arguments, environment and terminal. */
import { plainText } from './lib/text.ts';

const io: CliIo = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  readFile: (path) => readFileSync(path),
  exit: (code) => {
    process.exitCode = code;
  },
};
// A reader that goes, as in `| head`, is no crash: what is left to say is said to nobody.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: Error & { readonly code?: string }) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const isTerminal = process.stdout.isTTY === true;

function packageText(key: string): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const found = Object.entries(JSON.parse(text)).find(([name]) => name === key)?.[1];
  return typeof found === 'string' ? found : '';
}
const version = packageText('version');

/** What asks AWS; the SDK is loaded by the commands that need it only. */
async function aws() {
  const [{ connectTarget }, { systemClock }] = await Promise.all([
    import('./service/connect.ts'),
    import('./lib/clock.ts'),
  ]);
  const clock = systemClock();
  const connect = (target: Parameters<typeof connectTarget>[0]) => connectTarget(target, { clock });
  return { clock, connect };
}

/** Each command is loaded when it is called, so that `health` answers without loading the daemon. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  async run() {
    // Before the daemon is loaded: process 1 of a container does not even hear a signal that nobody listens to.
    const ended = firstEndSignal();
    const started = writeCompiled;
    return (await import('./cli/run.ts')).runCommand({ io, version, isTerminal, ended, started });
  },
  demo: async () => (await import('./cli/demo.ts')).demoCommand({ io, version, isTerminal, env: process.env }),
  sandbox: async () => (await import('./cli/sandbox.ts')).sandboxCommand(),
  async check() {
    const { clock, connect } = await aws();
    const { liveCheckCommand } = await import('./cli/live.ts');
    const live = liveCheckCommand(io, { clock, connect, signal: AbortSignal.timeout(120_000) });
    return (await import('./cli/check.ts')).checkCommand(io, live);
  },
  explain: async () => (await import('./cli/explain.ts')).explainCommand(io),
  async backtest() {
    const { clock, connect } = await aws();
    return (await import('./cli/backtest.ts')).backtestCommand({ io, clock, connect });
  },
  async tune() {
    const { clock, connect } = await aws();
    return (await import('./cli/tune.ts')).tuneCommand({ io, clock, connect });
  },
  replay: async () => (await import('./cli/replay.ts')).replayCommand(io),
  async stop() {
    const { connect } = await aws();
    return (await import('./cli/stop.ts')).stopCommand({ io, connect });
  },
  hold: async () => (await import('./cli/tell-deployment.ts')).tellCommand(io, 'hold'),
  release: async () => (await import('./cli/tell-deployment.ts')).tellCommand(io, 'release'),
  resume: async () => (await import('./cli/resume.ts')).resumeCommand(io),
  status: async () => (await import('./cli/status.ts')).statusCommand(io),
  async notify() {
    const [{ notifyCommand }, { systemClock }] = await Promise.all([
      import('./cli/notify.ts'),
      import('./lib/clock.ts'),
    ]);
    return notifyCommand(io, systemClock());
  },
  health: async () => (await import('./cli/health.ts')).healthCommand(io),
  'iam-policy': async () => (await import('./cli/iam-policy.ts')).iamPolicyCommand(io),
  schema: async () => (await import('./cli/schema.ts')).schemaCommand(io),
  journal: async () => (await import('./cli/journal.ts')).journalCommand(io),
};

async function program(called: string | undefined): Promise<Command> {
  const { Command } = await import('commander');
  const all = new Command('appconfig-watchdog').description(packageText('description')).version(version);
  const one = called !== undefined && Object.hasOwn(COMMANDS, called) ? COMMANDS[called] : undefined;
  for (const make of one === undefined ? Object.values(COMMANDS) : [one]) all.addCommand(await make());
  for (const command of [all, ...all.commands, ...all.commands.flatMap((command) => command.commands)]) {
    command.exitOverride().showHelpAfterError('(--help tells more)');
  }
  return all;
}

/** Commander's own errors have been told already; its exit code for a wrong call is ours. */
async function exitCodeOf(error: unknown): Promise<number> {
  const { CommanderError } = await import('commander');
  if (error instanceof CommanderError) return error.exitCode === 1 ? EXIT.usage : error.exitCode;
  const told = error instanceof Error ? error.message : String(error);
  process.stderr.write(`appconfig-watchdog: ${plainText(told, 2_000)}\n`);
  return EXIT.failed;
}

async function main(): Promise<void> {
  keepCompiled(import.meta.url);
  try {
    await (await program(process.argv[2])).parseAsync();
  } catch (error) {
    process.exitCode = await exitCodeOf(error);
  }
}
void main();
