/** What an alarm's history says about how it stood: where it begins, what is gone, and what is only another reason. */
import { expect, test } from 'vitest';
import type { Deployment } from '../../src/core/deployment.ts';
import { iso } from '../../src/core/time.ts';
import { alarmPast, recordOf } from '../../src/triggers/alarm/past.ts';
import type { AlarmState } from '../../src/triggers/alarm/state.ts';
import { running } from '../journal/events.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');
const options = { kind: 'alarm', insufficientData: 'ignore' } as const;

const current = (value: AlarmState['value'], since: number): AlarmState => ({
  ...{ name: 'errors', arn: 'arn:errors', reason: 'so it is', actionsEnabled: true },
  value,
  since,
});
const change = (at: number, from: string, to: string, reason = `to ${to}`) => ({ at, from, to, reason });

function said(record: unknown, startedAt: number, now: number) {
  const deployment: Deployment = { ...running, startedAt };
  return alarmPast().parse([record]).check(options, { deployment, now, preExisting: 'ignore' });
}

test('without a change it is in the state it has been in since then, and before that nobody knows', () => {
  const record = recordOf('errors', current('ALARM', NOW - DAY), [], NOW - 3 * DAY, NOW);
  expect(record?.states).toEqual([[iso(NOW - DAY), 'ALARM', 'so it is']]);
  expect(said(record, NOW - DAY, NOW)).toMatchObject({
    kind: 'breached',
    because: expect.stringContaining('so it is'),
  });
  const before = said(record, NOW - 3 * DAY, NOW - 2 * DAY);
  expect(before).toEqual({
    kind: 'inconclusive',
    because: 'in which state it was then is not on record: "errors"',
  });
});

test('the first change says what it was before, but not further back than histories are kept', () => {
  const changes = [change(NOW - 5 * DAY, 'OK', 'ALARM'), change(NOW - 4 * DAY, 'ALARM', 'OK')];
  const record = recordOf('errors', current('OK', NOW - 4 * DAY), changes, NOW - 30 * DAY, NOW);
  expect(record?.states[0]).toEqual([iso(NOW - 14 * DAY), 'OK', '']);
  expect(said(record, NOW - 20 * DAY, NOW - 15 * DAY).kind).toBe('inconclusive');
  expect(said(record, NOW - 14 * DAY, NOW - 6 * DAY).kind).toBe('healthy');
  expect(said(record, NOW - 5 * DAY - 1, NOW - 4.5 * DAY).kind).toBe('breached');
  expect(said(record, NOW - 4.8 * DAY, NOW - 4.5 * DAY).kind).toBe('inconclusive');
  expect(said(record, NOW - 5 * DAY - 1, NOW - 4 * DAY).kind).toBe('healthy');
});

test('a state that only got another reason goes on, and a deleted alarm still has its history', () => {
  const changes = [
    change(NOW - 3_000, 'OK', 'ALARM', 'first'),
    change(NOW - 2_000, 'ALARM', 'ALARM', 'second'),
    change(NOW - 1_000, 'ALARM', 'TIRED'),
  ];
  const record = recordOf('errors', undefined, changes, NOW - DAY, NOW);
  expect(said(record, NOW - 2_500, NOW - 1_500).kind).toBe('inconclusive');
  expect(said(record, NOW - 4_000, NOW - 1_500)).toMatchObject({
    kind: 'breached',
    because: `alarm "errors" is in ALARM since ${iso(NOW - 3_000)}: second`,
  });
  expect(said(record, NOW - 4_000, NOW)).toMatchObject({
    kind: 'inconclusive',
    because: expect.stringContaining('not on record'),
  });
  expect(recordOf('errors', undefined, [], NOW - DAY, NOW)).toBeUndefined();
});
