/** One run of the simulation: an account, a daemon in several lives, trouble, and then calm until nothing is left to do. */
import type { WatchdogEvent } from '../../../src/core/event.ts';
import type { Instant } from '../../../src/core/time.ts';
import type { DaemonState, History } from '../../../src/engine/daemon.ts';
import { type Journal, openJournal } from '../../../src/journal/open.ts';
import { type Clock, drivenClock, turns } from '../../../src/lib/clock.ts';
import { beginLife, type Life } from '../../scenario/support/life.ts';
import { accessTo, type Calls } from './access.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Trouble, troubleOf, wire } from './faults.ts';
import { configOf, ENVIRONMENTS, type Variant } from './policies.ts';
import type { RolloutPlan } from './rollout.ts';
import { type Shop, shop } from './shop.ts';

const START: Instant = Date.UTC(2026, 10, 22, 12, 0, 0);
const MINUTE = 60_000;
const DEPLOYMENTS = 2;
/** Longer than any deployment with what follows it. */
const MOST = 8 * 3_600_000;

/** One record, and the life of the daemon it was written in. */
interface Told {
  readonly event: WatchdogEvent;
  readonly life: number;
}

export interface Ran {
  readonly seed: number;
  readonly variant: Variant;
  readonly trouble: Trouble;
  /** Whether nothing was done to the daemon and nothing failed. */
  readonly calm: boolean;
  readonly shop: Shop;
  readonly calls: Calls;
  readonly told: readonly Told[];
  readonly state: DaemonState;
  readonly openAccesses: number;
  readonly verified: boolean;
}

function planOf(chance: Chance): RolloutPlan {
  const minutes = chance.between(2, 15);
  return {
    harm: chance.happens(0.6) ? chance.of([8, 20, 60]) : 0,
    factor: chance.of([10, 20, 50, 100]),
    minutes,
    bakeMinutes: chance.of([0, 1, 10]),
    strict: chance.happens(0.5),
    rollback: chance.of([0, 5_000, 90_000, 12 * MINUTE]),
    revertShows: chance.of([0, 2_000, 40_000]),
    ...(chance.happens(0.1) ? { alarmAfter: chance.between(1, 20) * MINUTE } : {}),
  };
}

function historyOf(journal: Journal): History {
  const kinds = ['stop-requested', 'circuit-opened', 'circuit-closed'];
  return {
    openWatches: journal.openWatches().map(({ events }) => events),
    circuit: [...journal.events({ kinds })].flatMap(({ event }) => event ?? []),
  };
}

/** A driven clock that can also jump, as that of a machine that was asleep. */
function jumpingClock(settle: () => Promise<void>) {
  const driven = drivenClock(START, settle);
  let ahead = 0;
  const clock: Clock = { ...driven, now: () => driven.now() + ahead };
  const jump = (by: number) => {
    ahead += by;
  };
  return { clock, advance: driven.advance, jump };
}

/** Deploys one after another; each waits until the harm of the one before it is over. */
async function deployments(shop: Shop, environment: string, chance: Chance, clock: Clock): Promise<void> {
  for (let count = 0; count < DEPLOYMENTS; count++) {
    await clock.sleep(chance.between(5_000, 10 * MINUTE));
    const started = shop.start(environment, planOf(chance), clock.now());
    const isOver = () => ['COMPLETE', 'ROLLED_BACK', 'REVERTED'].includes(started.state(clock.now()));
    while (!isOver()) await clock.sleep(1_000);
    await clock.sleep(25 * MINUTE);
  }
}

export async function run(seed: number): Promise<Ran> {
  const chance = chanceOf(seed);
  let life: Life | undefined;
  const { clock, advance, jump } = jumpingClock(async () => {
    await turns(2);
    // A shutdown takes real time: waited for here, so that the same seed always takes the same way.
    if (life?.ended === true) await life.kill();
  });
  const account = shop(ENVIRONMENTS);
  const trouble = troubleOf(chance, START, START + chance.between(30, 90) * MINUTE);
  const shaken = trouble.rate > 0;
  const variant: Variant = { baking: chance.of(['stop', 'ignore']), limit: shaken ? chance.of([1, 3, 100]) : 100 };
  const config = () => configOf(variant, chance);
  const calls: Calls = { stops: [], open: 0 };
  const told: Told[] = [];
  const journal = openJournal({
    retention: 86_400_000,
    now: clock.now,
    onFailure: (failure) => {
      throw new Error(failure.message);
    },
    onRecovered: () => {},
  });
  const line = wire(trouble, chanceOf(seed + 1), clock);
  const killing = shaken ? chance.of([0, 0, 0.01, 0.1]) : 0;
  let lives = 0;
  const begin = (): Life => {
    const life = ++lives;
    return beginLife(
      {
        config: config(),
        connect: () => accessTo(account, line, clock, calls, life),
        clock,
        random: chance.next,
        record(event) {
          told.push({ event, life });
          journal.append(event);
        },
        history: historyOf(journal),
        version: 'simulation',
      },
      () => clock.now() < trouble.until && chance.happens(killing),
    );
  };
  life = begin();
  const disturb = async () => {
    if (life === undefined || life.ended) {
      if (chance.happens(0.7)) return;
      if (life !== undefined) await life.kill();
      life = begin();
      return;
    }
    const what = chance.next();
    if (what < 0.01) {
      await life.kill();
      life = undefined;
    } else if (what < 0.02) {
      await life.daemon.stop('SIGTERM');
      life = undefined;
    } else if (what < 0.05) {
      life.daemon.reload(config());
    } else if (what < 0.06) {
      jump(chance.between(1, 15) * MINUTE);
    }
  };
  let over = 0;
  for (const environment of ENVIRONMENTS) {
    void deployments(account, environment, chanceOf(seed + 2 + over), clock).then(() => over++);
  }
  const isQuiet = () => {
    if (over < ENVIRONMENTS.length || clock.now() < trouble.until || life === undefined || life.ended) return false;
    return life.daemon.state().watches.length === 0;
  };
  while (clock.now() < START + MOST && !isQuiet()) {
    await advance(chance.between(1_000, 30_000));
    if (shaken && clock.now() < trouble.until) await disturb();
    else if (life === undefined || life.ended) {
      await life?.kill();
      life = begin();
    }
    if (life?.daemon.state().circuit === 'open' && chance.happens(0.01)) life.daemon.resume('operator', 'looked at');
  }
  await advance(MINUTE);
  if (life === undefined) throw new Error('no daemon at the end');
  const state = life.daemon.state();
  const openAccesses = calls.open;
  await life.daemon.stop('SIGTERM');
  const verified = journal.verify().ok;
  journal.close();
  return { seed, variant, trouble, calm: !shaken, shop: account, calls, told, state, openAccesses, verified };
}
