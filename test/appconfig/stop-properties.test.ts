/** What must hold for a stop whatever AppConfig answers, and in whatever state the deployment is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deploymentAt } from '../support/deployment.ts';
import type { Script, Step } from './support/model.ts';
import { LIMITS, NOW, type Ran, run } from './support/run.ts';

const step: fc.Arbitrary<Step> = fc.constantFrom(
  'through',
  'lost',
  'throttled',
  'timeout',
  'network',
  'unavailable',
  'malformed',
  'auth',
  'not-found',
);
const soon = fc.option(fc.integer({ min: -90_000, max: 150_000 }), { nil: undefined });

const script: fc.Arbitrary<Script> = fc
  .record({
    stops: fc.array(step, { maxLength: 12 }),
    looks: fc.array(step, { maxLength: 12 }),
    bakes: soon,
    completes: soon,
    alarm: soon,
    rollback: fc.integer({ min: 0, max: 900_000 }),
    revertShows: fc.integer({ min: 0, max: 50_000 }),
    strict: fc.boolean(),
  })
  .map(({ bakes, completes, alarm, ...rest }) => ({
    ...rest,
    ...(bakes === undefined ? {} : { bakesAt: NOW + bakes }),
    ...(completes === undefined ? {} : { completesAt: NOW + Math.max(completes, bakes ?? completes) }),
    ...(alarm === undefined ? {} : { rolledBackByAlarmAt: NOW + alarm }),
  }));
const change = fc.record({ allowRevert: fc.boolean(), resume: fc.boolean() });
const dice = fc.double({ min: 0, max: 0.999, noNaN: true });

const UNDONE = new Set(['ROLLED_BACK', 'REVERTED']);
/** One call and one look at most are under way when the time is up, and a wait while following. */
const SLACK = 12_000;

function checkCalls({ model }: Ran): void {
  expect(model.atOnce()).toBeLessThanOrEqual(1);
  expect(model.begun()).toBeLessThanOrEqual(1);
  // Once it was heard that a stop was taken, or that the deployment is undone, nothing is called any more.
  expect(model.heardAfter() ?? model.calls.length).toBe(model.calls.length);
}

function checkRecord({ outcome, events, model }: Ran): void {
  expect(events[0]?.kind).toBe('stop-requested');
  const ends = events.filter(({ kind }) => kind === 'stop-settled' || kind === 'stop-failed');
  expect(ends).toHaveLength(1);
  expect(events.at(-1)).toBe(ends[0]);
  expect(outcome.attempts).toBe(model.calls.length);
  // Every call is on record, answered or failed.
  const told = new Set(events.flatMap((event) => ('attempt' in event ? [event.attempt] : [])));
  for (let attempt = 1; attempt <= outcome.attempts; attempt++) expect(told.has(attempt), `call ${attempt}`).toBe(true);
}

function checkOutcome({ outcome, model, took }: Ran, mayRevert: boolean): void {
  expect(took).toBeLessThanOrEqual(LIMITS.budget + LIMITS.deadline + SLACK);
  if (outcome.kind === 'rolled-back') expect(model.state()).toBe('ROLLED_BACK');
  if (outcome.kind === 'reverted') expect(model.state()).toBe('REVERTED');
  if (outcome.kind === 'already-over') expect([...UNDONE, 'COMPLETE']).toContain(outcome.state);
  if (!mayRevert) expect(model.calls.map((call) => call.allowRevert)).not.toContain(true);
}

test('it ends in time, with everything on record, one call at a time, and nothing done twice', async () => {
  await fc.assert(
    fc.asyncProperty(script, change, dice, async (answers, asked, roll) => {
      const ran = await run(answers, asked, () => roll);
      checkCalls(ran);
      checkRecord(ran);
      checkOutcome(ran, asked.allowRevert);
    }),
    { numRuns: 300 },
  );
});

test('when every call goes through in the end, a deployment that still ran is undone', async () => {
  const harmless: fc.Arbitrary<Step> = fc.constantFrom(
    'through',
    'lost',
    'throttled',
    'timeout',
    'network',
    'unavailable',
  );
  const stops = fc.array(harmless, { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(stops, fc.array(harmless, { maxLength: 3 }), soon, dice, async (calls, looks, completes, roll) => {
      const completesAt = completes === undefined || completes < 1_000 ? {} : { completesAt: NOW + completes };
      const answers: Script = { stops: calls, looks, rollback: 20_000, ...completesAt };
      const ran = await run(answers, { deployment: deploymentAt(NOW - 300_000), allowRevert: true }, () => roll);
      expect(UNDONE.has(ran.model.state())).toBe(true);
      expect(['rolled-back', 'reverted']).toContain(ran.outcome.kind);
    }),
    { numRuns: 200 },
  );
});
