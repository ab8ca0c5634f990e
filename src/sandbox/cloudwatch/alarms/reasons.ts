/** Why an alarm is in its state, in CloudWatch's words. */
import type { Instant } from '../../../core/time.ts';
import { counted } from '../../../lib/text.ts';
import type { Comparison, Test } from './alarm.ts';
import type { Judgement } from './judge.ts';
import type { AlarmState } from './state.ts';

const COMPARED: Readonly<Record<Comparison, string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to the threshold',
  GreaterThanThreshold: 'greater than the threshold',
  LessThanThreshold: 'less than the threshold',
  LessThanOrEqualToThreshold: 'less than or equal to the threshold',
  LessThanLowerOrGreaterThanUpperThreshold: 'less than the lower thresholds or greater than the upper thresholds',
  LessThanLowerThreshold: 'less than the lower thresholds',
  GreaterThanUpperThreshold: 'greater than the upper thresholds',
};

export const INITIAL_REASON = 'Unchecked: Initial alarm creation';

/** The reason of a change to `to`. */
export function reasonOf(test: Test, judgement: Judgement, to: AlarmState): string {
  if (to === 'INSUFFICIENT_DATA') return insufficient(judgement.filled);
  if (judgement.evaluated.length === 0) return allMissing(test, judgement.filled);
  return to === 'ALARM' ? crossed(test, judgement) : recovered(test, judgement);
}

function insufficient(count: number): string {
  return count === 1
    ? 'Insufficient Data: 1 datapoint was unknown.'
    : `Insufficient Data: ${count} datapoints were unknown.`;
}

function allMissing({ missingData }: Test, count: number): string {
  const treated = missingData === 'breaching' ? 'Breaching' : 'NonBreaching';
  const [periods, points] =
    count === 1 ? ['1 period', '1 missing datapoint was'] : [`${count} periods`, `${count} missing datapoints were`];
  return `Threshold Crossed: no datapoints were received for ${periods} and ${points} treated as [${treated}].`;
}

function crossed(test: Test, { evaluated }: Judgement): string {
  const breaching = evaluated.filter((point) => point.breaching);
  const shown = breaching.length > 0 ? breaching : evaluated;
  const who = countOf(shown.length, test.evaluationPeriods, list(shown));
  const minimum = `(minimum ${counted(test.datapointsToAlarm, 'datapoint')} for OK -> ALARM transition)`;
  return `Threshold Crossed: ${who} ${verb(shown.length)} ${COMPARED[test.comparison]}${thresholdOf(test)} ${minimum}.`;
}

function recovered(test: Test, { evaluated }: Judgement): string {
  const fine = evaluated.filter((point) => !point.breaching);
  const shown = fine.length > 0 ? fine : evaluated;
  const needed = test.evaluationPeriods - test.datapointsToAlarm + 1;
  const who = countOf(shown.length, test.evaluationPeriods, list(shown));
  const minimum = `(minimum ${counted(needed, 'datapoint')} for ALARM -> OK transition)`;
  return `Threshold Crossed: ${who} ${verb(shown.length)} not ${COMPARED[test.comparison]}${thresholdOf(test)} ${minimum}.`;
}

function countOf(count: number, periods: number, points: string): string {
  return periods === 1 ? `1 datapoint ${points}` : `${count} out of the last ${periods} datapoints ${points}`;
}

const verb = (count: number) => (count === 1 ? 'was' : 'were');
const thresholdOf = ({ threshold }: Test) => (typeof threshold === 'number' ? ` (${decimal(threshold)})` : '');

function list(points: Judgement['evaluated']): string {
  return `[${points.map(({ at, value }) => `${decimal(value ?? Number.NaN)} (${shortTime(at)})`).join(', ')}]`;
}

/** Whole numbers are written with a decimal, as Java writes a double. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** `22/11/26 10:01:00`, UTC. */
function shortTime(at: Instant): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year = '', month, day] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}

/** `2026-11-22T10:01:00.000+0000`, as in the reason's data. */
export function stamp(at: Instant): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}

/** The numbers behind a reason, as JSON. */
export function reasonDataOf(test: Test, judgement: Judgement, now: Instant): string {
  const { evaluated } = judgement;
  const oldest = evaluated.at(-1);
  return JSON.stringify({
    version: '1.0',
    queryDate: stamp(now),
    ...(oldest ? { startDate: stamp(oldest.at) } : {}),
    ...(test.statistic === undefined ? {} : { statistic: test.statistic }),
    period: test.period / 1_000,
    recentDatapoints: evaluated.map(({ value }) => value).reverse(),
    ...(typeof test.threshold === 'number' ? { threshold: test.threshold } : {}),
    evaluatedDatapoints: evaluated.slice(0, 20).map(({ at, value }) => ({ timestamp: stamp(at), value })),
  });
}
