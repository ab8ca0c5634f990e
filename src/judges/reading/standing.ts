/** Where the readings leave a threshold rule: a small state machine over periods, oldest first. */
import type { Reading } from './readings.ts';

export interface Rule {
  /** M and N of "M of N". */
  readonly need: number;
  readonly of: number;
  /** Fine readings in a row that end a breach. */
  readonly recovery: number;
  readonly preExisting: 'ignore' | 'stop';
}

export type Standing = {
  readonly kind: 'healthy' | 'breached' | 'pre-existing' | 'inconclusive';
  /** Counts among the last N periods that count. */
  readonly fine: number;
  readonly breaches: number;
  readonly missing: number;
};

/** How many of a stretch are in a state; nothing is cut out for it, since it is asked for each period of each series. */
function countIn(all: readonly Reading[], from: number, to: number, state: Reading['state']): number {
  let count = 0;
  for (let index = Math.max(0, from); index < to; index++) if (all[index]?.state === state) count++;
  return count;
}

const count = (window: readonly Reading[], state: Reading['state']) => countIn(window, 0, window.length, state);

function badBefore(all: readonly Reading[], rule: Rule): boolean {
  const before = all.filter((reading) => reading.side === 'before').slice(-rule.of);
  return count(before, 'breaching') >= rule.need;
}

/** The readings that count from where a breach that was there before has ended; undefined while it has not. */
function afterRecovery(all: readonly Reading[], rule: Rule): readonly Reading[] | undefined {
  let inARow = 0;
  for (const [index, reading] of all.entries()) {
    if (reading.side === 'before' || reading.state === 'pending' || reading.state === 'missing') continue;
    inARow = reading.state === 'fine' ? inARow + 1 : 0;
    if (inARow >= rule.recovery) return all.slice(index);
  }
  return undefined;
}

/** Without the periods at the end that are too young to say anything: they neither begin a breach nor end one. */
function judgeable(all: readonly Reading[]): readonly Reading[] {
  return all.slice(0, all.findLastIndex((reading) => reading.state !== 'pending') + 1);
}

/** Whether a breach has begun and not ended at the last reading. */
function isBreached(all: readonly Reading[], rule: Rule): boolean {
  let breached = false;
  let fineInARow = 0;
  for (let index = 0; index < all.length; index++) {
    const state = all[index]?.state;
    if (state === 'fine') fineInARow++;
    if (state === 'breaching') fineInARow = 0;
    const [from, to] = [Math.max(0, index + 1 - rule.of), index + 1];
    const isEnough = countIn(all, from, to, 'breaching') >= rule.need;
    const recovered = fineInARow >= rule.recovery && !isEnough;
    // Without any datapoint in the window nothing is known any more: an old breach is not carried forward.
    const silent = countIn(all, from, to, 'missing') === to - from;
    if (recovered || silent) breached = false;
    if (state === 'breaching' && isEnough) breached = true;
  }
  return breached;
}

/** The readings that count: those since the deployment (and its warmup), with `preExisting: stop` those before it too. */
export function counted(all: readonly Reading[], preExisting: Rule['preExisting']): readonly Reading[] {
  return all.filter(({ side }) => (preExisting === 'stop' ? side !== 'warmup' : side === 'during'));
}

export function standingOf(all: readonly Reading[], rule: Rule): Standing {
  const preExisting = rule.preExisting === 'ignore' && badBefore(all, rule);
  const from = preExisting ? afterRecovery(all, rule) : all;
  const told = judgeable(counted(from ?? [], rule.preExisting));
  const window = told.slice(-rule.of);
  const seen = {
    fine: count(window, 'fine'),
    breaches: count(window, 'breaching'),
    missing: count(window, 'missing'),
  };
  if (from === undefined) return { kind: 'pre-existing', ...seen };
  if (isBreached(told, rule)) return { kind: 'breached', ...seen };
  // Only when a breach is impossible in the window is the rule healthy: too few datapoints prove nothing.
  return { kind: seen.fine > rule.of - rule.need ? 'healthy' : 'inconclusive', ...seen };
}
