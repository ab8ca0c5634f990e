/** Good and bad rollouts, as sentences. */
import { expect, test } from 'vitest';
import { EXPONENTIAL, LINEAR, world } from './support/world.ts';

test.each([
  ['linear', LINEAR],
  ['exponential', EXPONENTIAL],
])('a good %s rollout completes untouched', async (_, rollout) => {
  await using here = await world({ rollout });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.until('the deployment is complete', async () => (await here.shop.get(number)).State === 'COMPLETE');
  await here.untilReleased();
  expect(here.stopCalls()).toBe(0);
  expect(here.of('watch-released').map((event) => event.because)).toEqual(['COMPLETE; no rule was breached']);
  expect(here.of('rule-judged').map((event) => event.verdict.kind)).not.toContain('breached');
  expect(here.of('rule-judged').at(-1)?.verdict.kind).toBe('healthy');
  expect(here.of('stop-withheld')).toEqual([]);
});

test.each([
  ['linear', LINEAR, 0.6],
  ['exponential', EXPONENTIAL, 0.4],
])('a bad %s rollout is stopped once, followed to ROLLED_BACK and found recovered', async (_, rollout, most) => {
  await using here = await world({ rollout });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  const end = await here.shop.get(number);
  expect(end.State).toBe('ROLLED_BACK');
  expect(here.stopCalls()).toBe(1);
  const [settled] = here.of('stop-settled');
  expect(settled?.outcome).toEqual({ kind: 'rolled-back', attempts: 1 });
  expect(here.of('recovery-judged').map((event) => event.recovery)).toEqual(['recovered']);
  // Stopped before most clients had it, and that share is in the record.
  const [decided] = here.of('stop-decided');
  const shares = end.EventLog?.flatMap(({ Description = '' }) => /([\d.]+)% of clients/.exec(Description)?.[1] ?? []);
  const reached = Math.max(...(shares ?? []).map(Number)) / 100;
  expect(reached).toBeGreaterThan(0);
  expect(reached).toBeLessThanOrEqual(most);
  const breach = here.of('rule-judged').find((event) => event.verdict.kind === 'breached');
  const { verdict } = breach ?? {};
  expect(verdict?.kind === 'breached' ? verdict.evidence : undefined).toMatchObject({ exposure: reached, above: 1 });
  // The reason names numbers and what they were computed from.
  expect(decided?.because).toHaveLength(1);
  expect(decided?.because[0]).toMatch(
    /^error-rate: 100 \* errors \/ requests above 1: \d of the last 3 datapoints of 1m \(2 needed\): [\d.]+ at \d\d:\d\d:\d\d \(errors [\d.]+, requests 6000\)/,
  );
  // The whole final answer, with its event log, is on record.
  expect(settled?.answer).toMatchObject({ State: 'ROLLED_BACK', DeploymentNumber: number });
  const log = settled?.answer.EventLog;
  expect(Array.isArray(log) ? log.length : 0).toBe(end.EventLog?.length);
  expect(JSON.stringify(log)).toContain('ROLLBACK_COMPLETED');
});

test('the events of a stopped deployment are on record in the order they happened', async () => {
  await using here = await world();
  await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  const told = here.events.map((event) => event.kind);
  const order = [
    'daemon-started',
    'deployment-discovered',
    'rule-judged',
    'stop-decided',
    'stop-requested',
    'stop-answered',
    'stop-settled',
    'stop-concluded',
    'recovery-judged',
    'watch-released',
  ] as const;
  const places = order.map((kind) => told.indexOf(kind));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  for (const kind of order.slice(3)) expect(here.of(kind)).toHaveLength(1);
  // The journal holds the same, in the same order, and its chain verifies.
  const asJson = JSON.parse(JSON.stringify(here.events));
  expect([...here.journal.events()].map((record) => record.event)).toEqual(asJson);
  expect(here.journal.verify()).toMatchObject({ ok: true, records: here.events.length });
});
