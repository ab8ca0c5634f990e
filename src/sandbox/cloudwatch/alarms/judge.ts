/** M of N: what the datapoints of an evaluation range say about an alarm, with missing ones treated as asked. */
import type { Instant } from '../../../core/time.ts';
import type { MissingData } from './alarm.ts';
import type { AlarmState } from './state.ts';

/** One period of the evaluation range. */
export interface Datapoint {
  readonly at: Instant;
  /** Undefined when it is missing. */
  readonly value: number | undefined;
  readonly breaching: boolean;
}

export interface Rules {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

export interface Judgement {
  /** `retain`: the alarm stays in the state it is in. */
  readonly state: AlarmState | 'retain';
  /** The datapoints that were looked at, newest first. */
  readonly evaluated: readonly Datapoint[];
  /** How many missing ones had to be treated as something. */
  readonly filled: number;
}

/** CloudWatch looks at more periods than it evaluates, so that a late datapoint does not count as missing. */
export const EXTRA_PERIODS = 2;

/** `range` is newest first and `EXTRA_PERIODS` longer than the evaluation periods. */
export function judge(range: readonly Datapoint[], rules: Rules): Judgement {
  const { evaluationPeriods, datapointsToAlarm, missingData } = rules;
  const real = range.filter(({ value }) => value !== undefined);
  const evaluated = real.slice(0, evaluationPeriods);
  const filled = evaluationPeriods - evaluated.length;
  const breaching = evaluated.filter((point) => point.breaching).length;
  const state = (): Judgement['state'] => {
    const assumed = breaching + (missingData === 'breaching' ? filled : 0);
    if (assumed >= datapointsToAlarm) return 'ALARM';
    if (filled === 0 || missingData === 'notBreaching' || missingData === 'breaching') return 'OK';
    if (missingData === 'missing' && real.length === 0) return 'INSUFFICIENT_DATA';
    if (missingData === 'missing') return heldSinceEnough(range, rules) ? 'ALARM' : 'OK';
    return breaching < evaluated.length ? 'OK' : 'retain';
  };
  return { state: state(), evaluated, filled };
}

/**
 * True when nothing but breaching datapoints was seen and the oldest of them is at least M periods old: the alarm need
 * not wait for datapoints that may never come.
 */
function heldSinceEnough(range: readonly Datapoint[], { datapointsToAlarm }: Rules): boolean {
  const real = range.filter(({ value }) => value !== undefined);
  const oldest = range.findLastIndex(({ value }) => value !== undefined);
  return real.every(({ breaching }) => breaching) && oldest + 1 >= datapointsToAlarm;
}
