/** What is held of numbers: as much as somebody looks at, however long the source runs. */
import { expect, test } from 'vitest';
import { columnOf } from '../../src/lib/column.ts';
import { askedOf, merge } from '../../src/sources/cloudwatch/held.ts';
import { cloudwatchOptions } from '../../src/sources/cloudwatch/options.ts';
import { questionOf } from '../../src/sources/cloudwatch/question.ts';
import { store } from '../../src/sources/cloudwatch/store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const question = questionOf(
  cloudwatchOptions().parse({
    ...{ kind: 'cloudwatch', period: '60s', metrics: { m: { namespace: 'App', metric: 'Errors', stat: 'Sum' } } },
  }),
);

/** Looks every minute at the last so many, from one instant to another; the most that was held at once. */
function look(held: ReturnType<typeof store>, from: number, to: number, back: number): number {
  let most = 0;
  for (let now = from; now < to; now += MINUTE) {
    const span = { from: now - back, to: now };
    const one = held.of(question, 2 * MINUTE, span, now);
    const points = columnOf([[now - MINUTE, 1]]);
    merge(one, { from: now - MINUTE, to: now }, askedOf(one, span, now), { points, inputs: [points] });
    most = Math.max(most, one.points.at.length, one.inputs[0]?.at.length ?? 0);
  }
  return most;
}

test('a metric that is always looked at is held as far back as anybody looks, not as far as CloudWatch keeps it', () => {
  expect(look(store(), 0, 5 * DAY, 20 * MINUTE)).toBeLessThan(3 * 60);
});

test('what somebody still looks at stays, also when others look at less of it', () => {
  const held = store();
  expect(look(held, 0, DAY, DAY)).toBe(24 * 60);
  const seldom = { from: 0, to: DAY };
  for (let now = DAY; now < DAY + 3 * HOUR; now += MINUTE) {
    const often = held.of(question, 2 * MINUTE, { from: now - 5 * MINUTE, to: now }, now);
    if (now % (30 * MINUTE) === 0) held.of(question, 2 * MINUTE, seldom, now);
    expect([often.points.at.includes(0), often.points.at.includes(DAY - 2 * MINUTE)]).toEqual([true, true]);
  }
});

test('one question has one place however it is asked, until nobody used it for an hour or the clock goes back', () => {
  const held = store();
  const of = (now: number, asked = question) => held.of(asked, 2 * MINUTE, { from: now - HOUR, to: now }, now);
  const first = of(DAY);
  const options = {
    kind: 'cloudwatch',
    period: '60s',
    metrics: { m: { namespace: 'App', metric: 'Errors', stat: 'Sum' } },
  };
  expect(of(DAY + 15_000)).toBe(first);
  expect(of(DAY + 5 * MINUTE)).toBe(first);
  expect(of(DAY + 6 * MINUTE, questionOf(cloudwatchOptions().parse(options)))).toBe(first);
  expect(of(DAY + 15_000 + 6 * MINUTE)).toBe(first);
  expect(held.size).toBe(1);
  const other = questionOf(cloudwatchOptions().parse({ ...options, period: '5m' }));
  of(DAY + 10 * MINUTE, other);
  // Another one is asked for much later, and what was not used is swept away.
  of(DAY + 3 * HOUR, other);
  expect(held.size).toBe(1);
  const anew = of(DAY + 3 * HOUR);
  expect(anew).not.toBe(first);
  expect(of(DAY + 3 * HOUR - MINUTE)).not.toBe(anew);
});
