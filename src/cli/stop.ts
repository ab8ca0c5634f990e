/** `stop DEPLOYMENT`: a person stops a deployment, with the same stopper and the same record as the daemon. */
import { userInfo } from 'node:os';
import { Command } from 'commander';
import type { AppConfigPort, Place } from '../appconfig/port.ts';
import { stopDeployment } from '../appconfig/stop.ts';
import { type Deployment, type DeploymentRef, deploymentTitle, type Named } from '../core/deployment.ts';
import type { StopEvent, StopOutcome } from '../core/event.ts';
import { failureOf } from '../core/failure.ts';
import type { TargetAccess } from '../engine/access.ts';
import { systemClock } from '../lib/clock.ts';
import { plainText } from '../lib/text.ts';
import { eventLog } from '../log/event-log.ts';
import { watchdogLogger } from '../log/logger.ts';
import { sentences } from '../log/sentences.ts';
import { outcomeText } from '../log/words-of-watches.ts';
import type { Config, Target } from '../policy/schema.ts';
import { openServiceJournal } from '../service/journal.ts';
import { sandboxClock } from '../service/remote-clock.ts';
import { defaultConfig } from './environment.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { requirePolicyFile } from './policy-file.ts';
import { firstEndSignal } from './signals.ts';
import { tellDaemon } from './tell-deployment.ts';

export interface StopDeps {
  readonly io: CliIo;
  readonly connect: (target: Target) => TargetAccess;
}

interface Flags {
  readonly config: string;
  readonly reason: string;
  readonly by?: string;
  readonly revert?: true;
  readonly json?: true;
  readonly clock?: string;
  readonly url?: string;
}

interface Wanted {
  readonly target?: string;
  readonly application: string;
  readonly environment: string;
  readonly number: number;
}

/** `[target:]application/environment/number`, names or ids; undefined when it is not of that form. */
function wantedOf(argument: string): Wanted | undefined {
  const parts = /^(?:([A-Za-z0-9][A-Za-z0-9_.-]*):)?([^/]+)\/([^/]+)\/([1-9]\d*)$/.exec(argument);
  if (parts === null) return undefined;
  const [, target, application = '', environment = '', number] = parts;
  return { ...(target === undefined ? {} : { target }), application, environment, number: Number(number) };
}

const isNamed = (text: string) => (one: Named) => one.name === text || one.id === text;

interface Hit {
  readonly target: Target;
  readonly access: TargetAccess;
  readonly deployment: Deployment;
}

/** The deployments an argument names in one target: none, one, or several when names are not unique. */
async function findIn(
  target: Target,
  access: TargetAccess,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<readonly Hit[]> {
  const { port } = access;
  const applications = (await port.listApplications(signal)).filter(isNamed(wanted.application));
  const places = applications.map(async (application) => {
    const environments = await port.listEnvironments(application.id, signal);
    return environments.filter(isNamed(wanted.environment)).map((environment) => ({ application, environment }));
  });
  const read = (await Promise.all(places)).flat().map(async ({ application, environment }) => {
    const ref: DeploymentRef = {
      target: target.name,
      region: target.region,
      applicationId: application.id,
      environmentId: environment.id,
      number: wanted.number,
    };
    const place: Place = {
      application,
      environment: { id: environment.id, name: environment.name },
      type: 'USER',
      ...(target.account === undefined ? {} : { account: target.account }),
    };
    return existing(port, ref, place, signal);
  });
  return (await Promise.all(read)).flatMap((deployment) =>
    deployment === undefined ? [] : [{ target, access, deployment }],
  );
}

async function existing(port: AppConfigPort, ref: DeploymentRef, place: Place, signal: AbortSignal) {
  try {
    return (await port.getDeployment(ref, place, signal)).deployment;
  } catch (error) {
    if (failureOf(error).reason === 'not-found') return undefined;
    throw error;
  }
}

function exitCodeOf(outcome: StopOutcome): ExitCode {
  return outcome.kind === 'rolled-back' || outcome.kind === 'reverted' ? EXIT.ok : EXIT.failed;
}

/** Stops what was found; every step goes to the journal of the policy file and to stderr. */
async function carryOut(io: CliIo, config: Config, hit: Hit, flags: Flags): Promise<StopOutcome> {
  const clock = flags.clock === undefined ? systemClock() : await sandboxClock(flags.clock);
  const tellProblem = (message: string) => io.err(lines(`warning: ${plainText(message, 1_000)}`));
  const journal = openServiceJournal({
    ...(config.journal.path === undefined ? {} : { path: config.journal.path }),
    retention: config.journal.retention,
    now: clock.now,
    onFailure: (failure) => tellProblem(failure.message),
    onRecovered: () => {},
  });
  const log = watchdogLogger({
    level: 'info',
    shown: sentences(false),
    now: clock.now,
    destination: { write: io.err },
  });
  const tell = eventLog(log.logger, [hit.deployment]);
  const record = (event: StopEvent) => {
    journal.append(event);
    tell(event);
  };
  const given = new AbortController();
  void firstEndSignal().then((signal) => given.abort(new Error(`given up on ${signal}`)));
  try {
    const by = { kind: 'operator' as const, name: flags.by ?? userInfo().username, reason: flags.reason };
    const revert = flags.revert === true;
    const { deployment, access } = hit;
    const request = { deployment, by, because: [flags.reason], allowRevert: true, revertCompleted: revert };
    const deps = { port: access.port, clock, random: Math.random, limits: config.stop, record };
    return await stopDeployment(request, deps, given.signal);
  } finally {
    journal.close();
  }
}

function tellNotOne(io: CliIo, argument: string, hits: readonly Hit[]): void {
  if (hits.length === 0) {
    io.err(lines(`error: there is no deployment ${plainText(argument)} in the targets of the policy file`));
    io.exit(EXIT.notFound);
    return;
  }
  const names = hits.map(
    ({ deployment: { ref } }) =>
      `  ${plainText(`${ref.target}:${ref.applicationId}/${ref.environmentId}/${ref.number}`)}`,
  );
  io.err(lines(`error: ${plainText(argument)} names several deployments; choose one of:`, ...names));
  io.exit(EXIT.notFound);
}

function tellOutcome(io: CliIo, hit: Hit, outcome: StopOutcome, json: boolean): void {
  const title = deploymentTitle(hit.deployment);
  if (json) io.out(lines(JSON.stringify({ deployment: title, target: hit.target.name, outcome })));
  else io.out(lines(plainText(`${title}: ${outcomeText(outcome)}`, 1_000)));
  io.exit(exitCodeOf(outcome));
}

async function stop({ io, connect }: StopDeps, argument: string, flags: Flags, command: Command): Promise<void> {
  const wanted = wantedOf(argument);
  if (wanted === undefined) {
    const told = 'error: expected [TARGET:]APPLICATION/ENVIRONMENT/NUMBER, such as checkout/prod/12';
    return command.error(told, { exitCode: EXIT.usage, code: 'stop.deployment' });
  }
  if (flags.url !== undefined) return tellDaemon(io, 'stop', argument, flags);
  const config = requirePolicyFile(io, flags.config);
  if (config === undefined) return;
  const targets = config.targets.filter(({ name }) => wanted.target === undefined || name === wanted.target);
  if (targets.length === 0) {
    const known = config.targets.map(({ name }) => name).join(', ');
    io.err(lines(`error: ${flags.config} has no target ${plainText(wanted.target ?? '')}; it has ${known}`));
    io.exit(EXIT.notFound);
    return;
  }
  const accesses = targets.map((target) => ({ target, access: connect(target) }));
  try {
    const signal = AbortSignal.timeout(60_000);
    const found = await Promise.all(accesses.map(({ target, access }) => findIn(target, access, wanted, signal)));
    const [hit, ...others] = found.flat();
    if (hit === undefined || others.length > 0) {
      tellNotOne(io, argument, found.flat());
      return;
    }
    tellOutcome(io, hit, await carryOut(io, config, hit, flags), flags.json === true);
  } finally {
    for (const { access } of accesses) access.close();
  }
}

const HELP = `
DEPLOYMENT is [TARGET:]APPLICATION/ENVIRONMENT/NUMBER, by names or ids. A deployment that bakes is stopped with
AllowRevert; one that was complete before is only reverted with --revert, within 72 hours of its completion.

Examples:
  appconfig-watchdog stop checkout/prod/12 --config config/watchdog.yaml --reason "checkout is down, INC-42"
  appconfig-watchdog stop checkout/prod/12 --config config/watchdog.yaml --reason INC-42 --revert
  appconfig-watchdog stop checkout/prod/12 --url http://127.0.0.1:9464 --reason INC-42

Exit codes: 0 rolled back or reverted (with --url: the stop has begun), 1 it could not be stopped or was over already, 2 the call or the policy file is
wrong, 3 there is no such deployment, or more than one.`;

export function stopCommand(deps: StopDeps): Command {
  return new Command('stop')
    .description('stop a deployment by hand, follow it to ROLLED_BACK, and keep who and why on record')
    .argument('<deployment>', '[target:]application/environment/number')
    .requiredOption('--reason <text>', 'why; it goes on record')
    .option('--config <file>', 'the policy file, for targets and journal', defaultConfig(deps.io))
    .option('--by <name>', 'who; default: the user of this machine')
    .option('--revert', 'also revert a deployment that is complete')
    .option('--url <url>', 'have the daemon that listens there do it; it has to be under its watch')
    .option('--clock <url>', 'live by the clock of the sandbox at this URL')
    .option('--json', 'print the outcome as one line of JSON')
    .addHelpText('after', HELP)
    .action((argument: string, flags: Flags, command: Command) => stop(deps, argument, flags, command));
}
