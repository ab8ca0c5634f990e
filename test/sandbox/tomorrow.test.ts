/** Answers of tomorrow, and AWS's quotas. */
import { expect, test } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { quotas } from '../../src/sandbox/quotas.ts';
import { ofTomorrow } from '../../src/sandbox/tomorrow.ts';

const answer = (status: number, value: object) => ({ status, headers: {}, body: JSON.stringify(value) });
const DEPLOYMENT = {
  State: 'DEPLOYING',
  EventLog: [{ EventType: 'DEPLOYMENT_STARTED', OccurredAt: '2026-11-22T12:00:00Z' }],
};
const read = (body: string): unknown => JSON.parse(body);

test('members nobody knows stand in every object', () => {
  const { body } = ofTomorrow(answer(200, DEPLOYMENT), ['unknown-fields']);
  const more = { MemberOfTomorrow: expect.anything() };
  expect(read(body)).toEqual({ ...DEPLOYMENT, ...more, EventLog: [{ ...DEPLOYMENT.EventLog[0], ...more }] });
});

test('what goes on reads as a state nobody knows; what is over keeps its own', () => {
  const states = ['VALIDATING', 'DEPLOYING', 'BAKING', 'COMPLETE', 'ROLLING_BACK', 'ROLLED_BACK'];
  const { body } = ofTomorrow(answer(200, { Items: states.map((State) => ({ State })) }), ['unknown-states']);
  const told = ['VALIDATING', 'STATE_OF_TOMORROW', 'STATE_OF_TOMORROW', 'COMPLETE', 'ROLLING_BACK', 'ROLLED_BACK'];
  expect(read(body)).toEqual({ Items: told.map((State) => ({ State })) });
});

test('the newest event is one nobody knows', () => {
  const { body } = ofTomorrow(answer(200, DEPLOYMENT), ['unknown-events']);
  expect(read(body)).toMatchObject({ EventLog: [{ EventType: 'EVENT_OF_TOMORROW' }, ...DEPLOYMENT.EventLog] });
});

test('errors and other kinds are left as they are', () => {
  const refused = answer(400, DEPLOYMENT);
  expect(ofTomorrow(refused, ['unknown-fields', 'unknown-states'])).toBe(refused);
  const plain = answer(200, DEPLOYMENT);
  expect(ofTomorrow(plain, ['latency'])).toBe(plain);
});

test('a second of requests passes at once, the rest at the rate, each place and operation for itself', async () => {
  const clock = drivenClock(0);
  const within = quotas(clock);
  const passed = (place: string, operation: string, count: number) =>
    Array.from({ length: count }, () => within(place, 'eu-west-1', operation)).filter(Boolean).length;
  expect(passed('1', 'StopDeployment', 25)).toBe(10);
  expect(passed('2', 'StopDeployment', 25)).toBe(10);
  expect(passed('1', 'GetDeployment', 250)).toBe(100);
  await clock.advance(500);
  expect(passed('1', 'StopDeployment', 25)).toBe(5);
  expect(passed('1', 'CreateApplication', 1_000)).toBe(1_000);
});
