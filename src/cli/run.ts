/** `run`: the daemon, until it is told to end. */
import { Command } from 'commander';
import { systemClock } from '../lib/clock.ts';
import { secretsIn } from '../lib/secret.ts';
import { type WatchdogLog, watchdogLogger } from '../log/logger.ts';
import { tellProgram } from '../log/program-lines.ts';
import { formatPolicyErrors } from '../policy/error.ts';
import type { Config } from '../policy/schema.ts';
import { type ReadPolicy, watchPolicyFile } from '../service/policy-file.ts';
import { sandboxClock } from '../service/remote-clock.ts';
import { type Service, startService } from '../service/service.ts';
import { openTracing } from '../service/tracing.ts';
import { defaultConfig } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { policyDigest, readPolicyFile } from './policy-file.ts';
import { type Hangups, hangups, onCrash } from './signals.ts';
import { sourceStack } from './source-stack.ts';

export interface RunDeps {
  readonly io: CliIo;
  readonly version: string;
  /** Whether a person reads stdout. */
  readonly isTerminal: boolean;
  /** Resolves with the signal that tells it to end. */
  readonly ended: Promise<NodeJS.Signals>;
  /** Called once everything has been loaded. */
  readonly started: () => void;
}

/** Held in memory for a slow reader of the log: little, since the container it runs in is small. */
const LONGEST_LOG_QUEUE = 4 * 1024 * 1024;

interface Flags {
  readonly config: string;
  readonly clock?: string;
  readonly json?: true;
  readonly pretty?: true;
}

function read(io: CliIo, path: string): ReadPolicy {
  const loaded = readPolicyFile(io, path);
  if (loaded.ok) return loaded;
  return { ok: false, errors: loaded.errors.map((error) => error.message) };
}

/** Every secret the file brought in, so that no line of the log can hold one. */
function secretsOf(config: Config): readonly string[] {
  return secretsIn(config).map((secret) => secret.reveal());
}

interface Signals {
  readonly hangup: Hangups;
  readonly ended: Promise<NodeJS.Signals>;
}

/** A policy file that may change. */
interface Followed {
  readonly path: string;
  /** As it stands now. */
  digest(): string | undefined;
  read(): ReadPolicy;
}

/** Follows signals and the policy file until it is told to end. */
async function serve(service: Service, file: Followed, signals: Signals): Promise<boolean> {
  // A file that was only touched is not loaded again.
  const look = () => {
    if (file.digest() !== service.digest()) service.reload(file.read());
  };
  using _changed = watchPolicyFile(file.path, look);
  signals.hangup.onReload(() => service.reload(file.read()));
  // It may have changed while the daemon started.
  look();
  return service.stop(await signals.ended);
}

/** Loaded only where a person reads: a daemon in a container writes JSON. */
async function sentencesFor(io: CliIo, isTerminal: boolean): Promise<(line: string) => string> {
  const { sentences } = await import('../log/sentences.ts');
  return sentences(isTerminal && io.env.NO_COLOR === undefined);
}

async function run({ io, version, isTerminal, ended: told, started }: RunDeps, flags: Flags): Promise<void> {
  using hangup = hangups(isTerminal);
  const ended = Promise.race([told, hangup.closed]);
  const loaded = readPolicyFile(io, flags.config);
  if (!loaded.ok) {
    io.err(lines(formatPolicyErrors(loaded.errors)));
    io.exit(EXIT.usage);
    return;
  }
  const clock = flags.clock === undefined ? systemClock() : await sandboxClock(flags.clock);
  // No line of the log can hold one.
  const secrets = new Set(secretsOf(loaded.config));
  const learn = (policy: ReadPolicy) => {
    for (const secret of policy.ok ? secretsOf(policy.config) : []) secrets.add(secret);
    return policy;
  };
  const pretty = flags.pretty === true || (isTerminal && flags.json !== true);
  await using log: WatchdogLog = watchdogLogger({
    level: loaded.config.log.level,
    ...(pretty ? { shown: await sentencesFor(io, isTerminal) } : {}),
    secrets: () => [...secrets],
    longestQueue: LONGEST_LOG_QUEUE,
    now: clock.now,
  });
  // A fault of this program: say so in the log's own words and end, so that whoever restarts it starts it afresh.
  using _crash = onCrash((error) => {
    const because = error instanceof Error ? sourceStack(error.stack ?? error.message) : String(error);
    tellProgram(log.logger, 'crashed', { because }, 'crashed: a fault of this program');
    void log.flush().finally(() => process.exit(EXIT.failed));
  });
  await using tracing = await openTracing({ env: io.env, version, logger: log.logger, secrets });
  const { config, digest } = loaded;
  const { tracer: trace } = tracing;
  const options = { file: flags.config, config, digest, clock, random: Math.random, log, version, trace };
  const service = await startService(options).catch((error: unknown) => {
    const because = error instanceof Error ? error.message : String(error);
    tellProgram(log.logger, 'start-failed', { because }, `cannot start: ${because}`);
    return undefined;
  });
  started();
  const file: Followed = {
    path: flags.config,
    digest: () => policyDigest(io, flags.config),
    read: () => learn(read(io, flags.config)),
  };
  const clean = service !== undefined && (await serve(service, file, { hangup, ended }));
  io.exit(clean ? EXIT.ok : EXIT.failed);
}

const HELP = `
Signals: SIGTERM and SIGINT end it (a stop under way is finished first, within 25 s); SIGHUP loads the policy file anew,
as does a change of the file. A new file with errors is refused, loudly, and the old one stays in force. Closing the
terminal it logs to ends it as well.

Examples:
  appconfig-watchdog run --config config/watchdog.yaml
  appconfig-watchdog sandbox --speed 60 &
  AWS_ENDPOINT_URL=http://127.0.0.1:4570 appconfig-watchdog run --config my.yaml --clock http://127.0.0.1:4570

Exit codes: 0 ended by a signal, 1 cannot start or a stop was cut off at the end, 2 the policy file is wrong.`;

export function runCommand(deps: RunDeps): Command {
  return new Command('run')
    .description('watch AppConfig deployments and stop the harmful ones, until SIGTERM')
    .option('--config <file>', 'the policy file', defaultConfig(deps.io))
    .option('--json', 'log JSON lines, also on a terminal')
    .option('--pretty', 'log sentences for people, also when it is no terminal')
    .option('--clock <url>', 'live by the clock of the sandbox at this URL')
    .addHelpText('after', HELP)
    .action((flags: Flags) => run(deps, flags));
}
