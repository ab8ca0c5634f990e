/** One run of a scenario: AWS, machines and daemons on one virtual time, trouble, and then calm until nothing is left to do. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DaemonState } from '../../src/engine/daemon.ts';
import { type JournalRecord, openJournalForReading } from '../../src/journal/read.ts';
import type { Verification } from '../../src/journal/verify.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type Inside, inside, installGlobals } from './kernel/globals.ts';
import { virtualTime } from './kernel/virtual-time.ts';
import { chanceFor } from './scenario/chance.ts';
import { MINUTE, type Scenario, troubleEnds } from './scenario/scenario.ts';
import { type Aws, awsOf } from './world/aws.ts';
import { installDisk } from './world/disk.ts';
import { type Life, type Machine, machineOf, type Told } from './world/machine.ts';
import { pagerOf } from './world/pager.ts';
import { prepareSdk } from './world/sdk.ts';
import { type Rollout, type Shop, shopOf, TICK } from './world/shop.ts';
import { type Exchange, networkOf, type Wire } from './world/transport.ts';

export const ORIGIN = Date.UTC(2026, 10, 22, 12, 0, 0);
/** No run takes longer than this after its troubles and its last deployment; one that does is not over by itself. */
const PATIENCE = 60 * MINUTE;

/** Journals are synced at every record: in memory where there is such a place. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** What a daemon holds, seen from outside at an instant. */
export interface Glance {
  readonly at: number;
  readonly daemon: number;
  readonly state: DaemonState;
}

/** What a journal held at the end. */
interface Kept {
  readonly daemon: number;
  readonly records: readonly JournalRecord[];
  readonly verified: Verification;
}

export interface Ran {
  readonly scenario: Scenario;
  readonly aws: Aws;
  readonly shop: Shop;
  readonly rollouts: readonly Rollout[];
  readonly told: readonly Told[];
  readonly exchanges: readonly Exchange[];
  readonly lives: readonly Life[];
  readonly glances: readonly Glance[];
  readonly kept: readonly Kept[];
  /** When all trouble was over, and when the run was. */
  readonly calmFrom: number;
  readonly endedAt: number;
  /** What still waited after the daemons had ended. */
  readonly leftWaiting: number;
  readonly failedStarts: readonly unknown[];
}

/** A deliberate fault in the daemon or in what stands around it, to see that a law notices. */
export interface Mutant {
  /** The plan the daemon's policy file is made from. */
  readonly file?: (scenario: Scenario) => Scenario;
  readonly transport?: (own: Wire) => Wire;
  /** What becomes of a record on its way to those who look at the run. */
  readonly tell?: (one: Told) => readonly Told[];
  /** At the journal's file: before the first start, and after the last end. */
  readonly before?: (journal: string) => void;
  readonly after?: (journal: string) => void;
  readonly ran?: (ran: Ran) => Ran;
}

export async function run(scenario: Scenario, mutant: Mutant = {}): Promise<Ran> {
  installGlobals();
  installDisk();
  await prepareSdk();
  const time = virtualTime(ORIGIN);
  const outside: Inside = { time, owner: undefined, skew: () => 0, random: chanceFor(scenario.seed, 'ids').next };
  const folder = mkdtempSync(join(FOLDER, 'simulation-'));
  try {
    const ran = await inside(outside, () => runInside(scenario, outside, folder, mutant));
    return mutant.ran?.(ran) ?? ran;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runInside(scenario: Scenario, outside: Inside, folder: string, mutant: Mutant): Promise<Ran> {
  const { time } = outside;
  const told: Told[] = [];
  const exchanges: Exchange[] = [];
  const lives: Life[] = [];
  const glances: Glance[] = [];
  const failedStarts: unknown[] = [];
  const aws = awsOf(scenario, systemClock());
  const shop = shopOf(scenario, aws, ORIGIN, time.now);
  const network = networkOf({ seed: scenario.seed, slowest: scenario.slowest, time, outside, aws, exchanges });
  const journalOf = (daemon: number) => join(folder, `journal-${daemon}.db`);
  const transportOf = mutant.transport ?? ((own: Wire) => own);
  const machines = Array.from({ length: scenario.daemons }, (_, daemon) =>
    machineOf({
      scenario: mutant.file?.(scenario) ?? scenario,
      daemon,
      origin: ORIGIN,
      journal: journalOf(daemon),
      time,
      transportOf: (process) => transportOf(network.transportOf(process)),
      outside,
      tell: (one) => told.push(...(mutant.tell?.(one) ?? [one])),
      lives,
      failedStart: (error) => failedStarts.push(error),
    }),
  );
  for (const daemon of machines.keys()) mutant.before?.(journalOf(daemon));
  appoint(scenario, aws, shop, machines, outside);
  const calmFrom = ORIGIN + troubleEnds(scenario);
  const quiet = () =>
    shop.over() &&
    time.now() > calmFrom &&
    machines.every(({ service }) => service?.daemon.state().watches.length === 0);
  const last = () => Math.max(calmFrom, shop.lastEnd) + PATIENCE;
  while (!quiet() && time.now() < last()) {
    await time.advanceTo(time.now() + MINUTE);
    glances.push(...machines.flatMap(glanceAt(time.now())));
  }
  await time.advanceTo(time.now() + MINUTE);
  glances.push(...machines.flatMap(glanceAt(time.now())));
  const endedAt = time.now();
  const stopped = Promise.all(machines.map((machine) => machine.stop()));
  await time.advanceTo(time.now() + 2 * MINUTE);
  await stopped;
  await aws.core.stop();
  for (const daemon of machines.keys()) mutant.after?.(journalOf(daemon));
  const kept = machines.map((_, daemon) => keptIn(journalOf(daemon), daemon));
  return {
    scenario,
    aws,
    shop,
    rollouts: shop.rollouts,
    told,
    exchanges,
    lives,
    glances,
    kept,
    calmFrom,
    endedAt,
    leftWaiting: time.waiting(),
    failedStarts,
  };
}

function keptIn(path: string, daemon: number): Kept {
  try {
    using journal = openJournalForReading(path);
    return { daemon, records: [...journal.events()], verified: journal.verify() };
  } catch (error) {
    return { daemon, records: [], verified: { ok: false, at: 0, because: String(error) } };
  }
}

function glanceAt(at: number) {
  return ({ service }: Machine, daemon: number): readonly Glance[] =>
    service === undefined ? [] : [{ at, daemon, state: service.daemon.state() }];
}

/** Everything that happens at a time of its own. */
function appoint(scenario: Scenario, aws: Aws, shop: Shop, machines: readonly Machine[], outside: Inside): void {
  const { time } = outside;
  const at = (when: number, work: () => void) =>
    void time.after(ORIGIN + when - time.now(), undefined, () => inside(outside, work));
  const pager = pagerOf({
    ...{ scenario, shop, sites: aws.sites, now: time.now },
    after: (duration, work) => void time.after(duration, undefined, () => inside(outside, work)),
    receivers: machines.map((machine) => (alert) => machine.page(alert)),
  });
  const tick = () => {
    shop.tick();
    pager.tick();
    time.after(TICK, undefined, () => inside(outside, tick));
  };
  at(0, tick);
  for (const [daemon, machine] of machines.entries()) at(1_000 + daemon * 7_000, machine.start);
  for (const { from, to, rule } of scenario.faults) {
    at(from, () => {
      const id = aws.core.faults.add(rule);
      at(to, () => void aws.core.faults.remove(id));
    });
  }
  for (const { daemon, at: when, how, steps, downFor } of scenario.ends) {
    const machine = machines[daemon];
    at(when, () => (how === 'kill' ? machine?.kill(steps, downFor) : machine?.term(downFor)));
  }
  const reload = () => {
    for (const machine of machines) machine.reload();
  };
  for (const when of scenario.reloads) at(when, reload);
  for (const when of new Set(scenario.policies.flatMap(({ changes }) => changes.map((change) => change.at)))) {
    at(when, reload);
  }
  for (const { from, to, by } of scenario.clocks) {
    at(from, () => {
      for (const machine of machines) machine.skew(by);
    });
    at(to, () => {
      for (const machine of machines) machine.skew(0);
    });
  }
  for (const { from, to, kind } of scenario.disks) {
    at(from, () => {
      for (const machine of machines) machine.disk(kind);
    });
    at(to, () => {
      for (const machine of machines) machine.disk(undefined);
    });
  }
}
