/** Everything made from one policy file: its targets at work, on schedule, until a newer file takes over. */
import type { Instant } from '../core/time.ts';
import type { Config, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import { type Scheduled, schedule } from './schedule.ts';
import { type TargetRun, type TargetRunOptions, targetRun } from './target-run.ts';

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
  /** Starts the schedules. */
  start(): void;
  /** Ends the schedules and gives up the passes that are under way; stops go on. */
  stop(): void;
}

export function generation(options: GenerationOptions): Generation {
  const { config, clock, record } = options;
  const stopped = new AbortController();
  const runs = new Map<string, TargetRun>(
    config.targets.map((target) => [target.name, targetRun({ ...options, target, access: options.accessOf(target) })]),
  );
  const scheduled: Scheduled[] = [];

  async function timed(target: string, pass: PassReport['pass'], run: (signal: AbortSignal) => Promise<void>) {
    const started = performance.now();
    await run(stopped.signal);
    options.onPass({ target, pass, duration: performance.now() - started });
  }

  function scheduleRun(target: string, pass: PassReport['pass'], run: (signal: AbortSignal) => Promise<void>): void {
    let startedAt: Instant | undefined;
    let told = false;
    scheduled.push(
      schedule({
        expression: config.poll,
        clock,
        async run() {
          startedAt = clock.now();
          told = false;
          await timed(target, pass, run);
        },
        onOverlap() {
          const at = clock.now();
          if (!told) record({ kind: 'cycle-overran', at, target, duration: at - (startedAt ?? at) });
          told = true;
        },
      }),
    );
  }

  return {
    config,
    runOf: (target) => runs.get(target),
    runs: () => [...runs.values()],
    async pass() {
      const passes = [...runs].map(async ([name, run]) => {
        await Promise.all([timed(name, 'discover', run.discover), timed(name, 'look', run.look)]);
      });
      await Promise.all(passes);
    },
    start() {
      for (const [name, run] of runs) {
        scheduleRun(name, 'discover', run.discover);
        scheduleRun(name, 'look', run.look);
      }
    },
    stop() {
      for (const one of scheduled) one.stop();
      stopped.abort(new Error('the watchdog is shutting down'));
    },
  };
}
