/** Everything made from one policy file: its targets at work, on schedule, until a newer file takes over. */
import type { DeploymentHint, StandingAlert } from '../core/alert.ts';
import type { Instant } from '../core/time.ts';
import type { Config, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import { type Scheduled, schedule } from './schedule.ts';
import { type TargetRun, type TargetRunOptions, targetRun } from './target-run.ts';
import { aboutTarget } from './tracing.ts';

/** Told after every pass over a target; `duration` in real milliseconds. */
export interface PassReport {
  readonly target: string;
  readonly pass: 'discover' | 'look';
  readonly duration: number;
}

export interface GenerationOptions extends Omit<TargetRunOptions, 'target' | 'access'> {
  /** The same access for the same target, so that caches outlive a reload. */
  readonly accessOf: (target: Target) => TargetAccess;
  readonly onPass: (report: PassReport) => void;
}

export interface Generation {
  readonly config: Config;
  runOf(target: string): TargetRun | undefined;
  runs(): readonly TargetRun[];
  /** Both passes over every target, once, now. */
  pass(): Promise<void>;
  /** New alerts came by a hook: what is under watch is decided on, and what may run unseen is looked for. */
  hear(hook: string, news: readonly StandingAlert[]): Promise<void>;
  /** Somebody said that a deployment began or went on. */
  lookFor(hint: DeploymentHint): Promise<void>;
  /** Starts the schedules. */
  start(): void;
  /** Ends the schedules and gives up the passes that are under way; stops go on. */
  stop(): void;
}

export function generation(options: GenerationOptions): Generation {
  const { config, clock, record, trace } = options;
  const stopped = new AbortController();
  const runs = new Map<string, TargetRun>(
    config.targets.map((target) => [target.name, targetRun({ ...options, target, access: options.accessOf(target) })]),
  );
  const scheduled: Scheduled[] = [];

  const aboutPass = (name: string) => () => aboutTarget(config.targets, name);

  async function timed<Out>(target: string, pass: PassReport['pass'], run: (signal: AbortSignal) => Promise<Out>) {
    const started = performance.now();
    const out = await trace.span(pass, aboutPass(target), () => run(stopped.signal));
    options.onPass({ target, pass, duration: performance.now() - started });
    return out;
  }

  /** Tells once that a cycle takes longer than the schedule, until one is in time again. */
  function overruns(target: string) {
    let told = false;
    return (since: Instant | undefined) => {
      // A pass that was given up ends after this generation did.
      if (stopped.signal.aborted) return;
      const at = clock.now();
      if (since !== undefined && !told) record({ kind: 'cycle-overran', at, target, duration: at - since });
      told = since !== undefined;
    };
  }

  /** Discovery waits for itself: what it reads is all of the target. */
  function scheduleDiscovery(target: string, run: TargetRun): void {
    const overran = overruns(target);
    let startedAt: Instant = clock.now();
    const again = () => {
      startedAt = clock.now();
      overran(undefined);
      return timed(target, 'discover', run.discover);
    };
    scheduled.push(schedule({ expression: config.poll, clock, run: again, onOverlap: () => overran(startedAt) }));
  }

  /** A look that is slow holds up the next one at its own deployment, and no look at the others. */
  function scheduleLooks(target: string, run: TargetRun): void {
    const overran = overruns(target);
    let before: Instant = clock.now();
    const again = async () => {
      const last = before;
      before = clock.now();
      // One that began since the last cycle (the very first, or that of a new deployment) has not been late yet.
      const late = (since: Instant | undefined) => (since !== undefined && since <= last ? since : undefined);
      void timed(target, 'look', run.look).then((since) => overran(late(since)));
    };
    scheduled.push(schedule({ expression: config.poll, clock, run: again, onOverlap: () => {} }));
  }

  return {
    config,
    runOf: (target) => runs.get(target),
    runs: () => [...runs.values()],
    async pass() {
      const passes = [...runs].map(async ([name, run]) => {
        const [first] = await Promise.all([timed(name, 'discover', run.discover), timed(name, 'look', run.look)]);
        await first.done;
      });
      await Promise.all(passes);
    },
    async hear(hook, news) {
      const about = () => ({ 'appconfig.hook': hook });
      const everywhere = (hear: (run: TargetRun) => Promise<void>) => () => Promise.all([...runs.values()].map(hear));
      const heard = trace.span(
        'hear alerts',
        about,
        everywhere((run) => run.hear(hook, stopped.signal)),
      );
      const sought = everywhere((run) => run.seek(hook, news, stopped.signal))();
      await Promise.all([heard, sought]);
    },
    async lookFor(hint) {
      const isMeant = ({ region, account }: Target) =>
        region === (hint.region ?? region) && (account ?? hint.account) === (hint.account ?? account);
      const meant = config.targets.filter(isMeant);
      await Promise.all(meant.map(({ name }) => runs.get(name)?.lookFor(hint, stopped.signal)));
    },
    start() {
      for (const [name, run] of runs) {
        scheduleDiscovery(name, run);
        scheduleLooks(name, run);
      }
    },
    stop() {
      for (const one of scheduled) one.stop();
      stopped.abort(new Error('the watchdog is shutting down'));
    },
  };
}
