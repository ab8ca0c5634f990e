/** A machine on which a daemon runs: its journal file, its clock, and one life of the daemon after another. */
import { existsSync, rmSync } from 'node:fs';
import type { Transport } from '../../../src/aws/clients.ts';
import type { Alert } from '../../../src/core/alert.ts';
import type { WatchdogEvent } from '../../../src/core/event.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { watchdogLogger } from '../../../src/log/logger.ts';
import { type Service, startService } from '../../../src/service/service.ts';
// Loaded now: what is imported in the middle of a run takes real time.
import '../../../src/service/take-in.ts';
import { type Inside, inside } from '../kernel/globals.ts';
import type { VirtualTime } from '../kernel/virtual-time.ts';
import { chanceFor } from '../scenario/chance.ts';
import type { DiskTrouble, Scenario } from '../scenario/scenario.ts';
import { closeFiles, useDisk } from './disk.ts';
import { PAGER } from './pager.ts';
import { policyFileAt } from './policy-file.ts';
import { type Process, processOf } from './process.ts';
import type { SdkRequest, Wire } from './transport.ts';

/** Whoever keeps a daemon running waits so long after a start that failed. */
const RESTARTED_AFTER = 10_000;

/** One record, when (in true time) and in which life it was told. */
export interface Told {
  readonly at: number;
  readonly daemon: number;
  readonly life: number;
  readonly event: WatchdogEvent;
}

/** From when to when a life went on; without an end it is the last one. */
export interface Life {
  readonly daemon: number;
  readonly life: number;
  readonly from: number;
  to?: number;
  how?: 'kill' | 'term';
}

export interface MachineOptions {
  readonly scenario: Scenario;
  readonly daemon: number;
  readonly origin: number;
  readonly journal: string;
  readonly time: VirtualTime;
  readonly transportOf: (process: Process) => Wire;
  /** Randomness of the world outside, which starts the lives. */
  readonly outside: Inside;
  readonly tell: (told: Told) => void;
  readonly lives: Life[];
  readonly failedStart: (error: unknown) => void;
}

export interface Machine {
  readonly service: Service | undefined;
  readonly process: Process | undefined;
  start(): void;
  /** Dies at the n-th step from now on, and is started again. */
  kill(steps: number, downFor: number): void;
  /** Ends in order, and is started again. */
  term(downFor: number): void;
  reload(): void;
  /** An alert that somebody sent; false while nobody is there to take it. */
  page(alert: Alert): boolean;
  disk(trouble: DiskTrouble | undefined): void;
  skew(by: number): void;
  /** Ends in order, for good. */
  stop(): Promise<void>;
}

function carriedBy(wire: Wire): Transport {
  return {
    handle: (request: SdkRequest, options: { abortSignal?: AbortSignal } = {}) => wire.handle(request, options),
  };
}

export function machineOf(options: MachineOptions): Machine {
  const { scenario, daemon, origin, journal, time, transportOf, outside, tell, lives } = options;
  let process: Process | undefined;
  /** Where the life that goes on runs. */
  let within: Inside = outside;
  let service: Service | undefined;
  let trouble: DiskTrouble | undefined;
  let skewed = 0;
  let ended = false;
  let downFor = 0;
  const elapsed = () => time.now() - origin;

  const later = (duration: number, work: () => void) =>
    void time.after(duration, undefined, () => inside(outside, work));
  const over = (life: Life, how: 'kill' | 'term') => {
    life.to = time.now();
    life.how = how;
    service = undefined;
    const dead = process;
    process = undefined;
    if (dead !== undefined) later(0, () => closeFiles(dead));
    if (!ended) later(Math.max(1, downFor), start);
  };

  function start(): void {
    if (process !== undefined || ended) return;
    downFor = 0;
    const number = lives.length + 1;
    const life: Life = { daemon, life: number, from: time.now() };
    lives.push(life);
    const mine = processOf(daemon, number, () => over(life, 'kill'));
    process = mine;
    useDisk(mine, () => trouble);
    const chance = chanceFor(scenario.seed, `life ${number}`);
    within = { time, owner: mine, skew: () => skewed, random: chance.next };
    const record = (event: WatchdogEvent) => {
      if (!mine.dead) tell({ at: time.now(), daemon, life: number, event });
    };
    inside(within, () => {
      const { config, digest } = policyFileAt(scenario, elapsed(), journal);
      const begun = startService({
        file: 'watchdog.yaml',
        config,
        digest,
        clock: systemClock(),
        random: Math.random,
        log: watchdogLogger({ level: 'silent', destination: { write: () => {} } }),
        version: 'simulation',
        transport: carriedBy(transportOf(mine)),
        onEvent: record,
      });
      begun.then(
        (made) => {
          if (!mine.dead) service = made;
        },
        (error: unknown) => {
          // A process that cannot start ends, and whoever keeps it running starts it again.
          if (mine.dead) return;
          options.failedStart(error);
          downFor = RESTARTED_AFTER;
          mine.die();
        },
      );
    });
  }

  async function term(): Promise<void> {
    const [mine, running] = [process, service];
    const life = lives.findLast((one) => one.daemon === daemon);
    if (mine === undefined || running === undefined || life === undefined) return;
    await inside(within, () => running.stop('SIGTERM'));
    if (!mine.dead) over(life, 'term');
  }

  return {
    get service() {
      return service;
    },
    get process() {
      return process;
    },
    start,
    kill(steps, down) {
      downFor = down;
      process?.doom(steps);
    },
    term(down) {
      downFor = down;
      void term();
    },
    reload() {
      const [mine, running] = [process, service];
      if (mine === undefined || running === undefined) return;
      inside(within, () => {
        running.reload({ ok: true, ...policyFileAt(scenario, elapsed(), journal) });
      });
    },
    page(alert) {
      const [mine, running] = [process, service];
      if (mine === undefined || running === undefined || mine.dead) return false;
      inside(within, () => running.daemon.deliver(PAGER, { alerts: [alert], deployments: [] }));
      return !mine.dead;
    },
    disk(kind) {
      trouble = kind === 'deleted' ? undefined : kind;
      if (kind === 'deleted' && existsSync(journal)) rmSync(journal);
    },
    skew(by) {
      skewed = by;
    },
    async stop() {
      ended = true;
      await term();
    },
  };
}
