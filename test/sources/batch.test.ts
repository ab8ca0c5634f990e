/** Packing: whatever is asked, no call exceeds a limit, nothing is left out, and shared metrics are asked once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callsOf } from '../../src/sources/cloudwatch/batch.ts';
import type { Ask } from '../../src/sources/cloudwatch/compose.ts';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';
import { questionOf } from '../../src/sources/cloudwatch/question.ts';

const START = Date.UTC(2026, 10, 22, 12);
const wanted = { whenGone: () => {} };

function ask(metrics: readonly string[], expression: string | undefined, periods = 10, late = 0, period = 60): Ask {
  const entries = metrics.map((name) => [name, { namespace: 'App', metric: name, stat: 'Sum' }]);
  const query = { kind: 'cloudwatch', period: `${period}s`, metrics: Object.fromEntries(entries) };
  const question = questionOf(cloudwatch.options().parse(expression === undefined ? query : { ...query, expression }));
  const from = START + late * period * 1_000;
  return { question, span: { from, to: from + periods * period * 1_000 }, wanted, suspect: false };
}

const ratio = fc
  .tuple(fc.nat({ max: 400 }), fc.nat({ max: 400 }), fc.integer({ min: 1, max: 3_000 }), fc.nat({ max: 500 }))
  .map(([a, b, periods, late]) => ask([`a${a}`, `b${b}`], `a${a} / b${b}`, periods, late));
const plain = fc.nat({ max: 400 }).map((a) => ask([`a${a}`], undefined));
const whole = fc.nat({ max: 400 }).map((a) => ask([`a${a}`], `RATE(a${a})`));
const insights = fc.nat({ max: 5 }).map((a) => ask([], `SELECT SUM(a${a}) FROM App`));
const metricsFunction = fc.constant(ask(['x', 'y'], 'SUM(METRICS())'));
const asks = fc.array(fc.oneof(ratio, plain, whole, insights, metricsFunction), { minLength: 1, maxLength: 700 });

test('limits hold and every ask has exactly one place', () => {
  fc.assert(
    fc.property(asks, (list) => {
      const calls = callsOf(list);
      expect(calls.flatMap((call) => call.asks).length).toBe(list.length);
      expect(new Set(calls.flatMap((call) => call.asks)).size).toBe(new Set(list).size);
      for (const call of calls) {
        const { span, asks: inside } = call;
        const queries = call.queries();
        const ids = queries.map((query) => query.Id);
        expect(queries.length).toBeLessThanOrEqual(500);
        expect(new Set(ids).size).toBe(ids.length);
        const metrics = queries.filter((query) => query.MetricStat !== undefined);
        const alone = queries.filter((query) => query.Expression?.startsWith('SELECT'));
        expect(call.billed).toBe(metrics.length + alone.length);
        expect((queries.length * (span.to - span.from)) / 60_000).toBeLessThanOrEqual(100_800);
        expect(queries.filter((query) => query.Expression?.startsWith('SELECT')).length).toBeLessThanOrEqual(1);
        for (const { question, span: own } of inside) {
          expect(ids).toContain(call.resultId(question));
          for (const metric of question.metrics) expect(ids).toContain(call.metricId(metric));
          expect(span.from).toBeLessThanOrEqual(own.from);
          expect(span.to).toBeGreaterThanOrEqual(own.to);
        }
        if (queries.some((query) => query.Expression?.includes('METRICS('))) expect(inside.length).toBe(1);
      }
    }),
    { numRuns: 30 },
  );
});

test('a metric that many expressions use has one id', () => {
  const list = Array.from({ length: 50 }, (_, index) => ask(['requests', `e${index}`], `e${index} / requests`));
  const [call, ...others] = callsOf(list);
  expect(others).toEqual([]);
  expect(call?.queries().filter((query) => query.MetricStat?.Metric?.MetricName === 'requests').length).toBe(1);
  expect(call?.queries().length).toBe(101);
  expect(call?.billed).toBe(51);
});

test('a metric under another name in another rule is still the same metric', () => {
  const one = ask(['a'], 'a * 2');
  const query = { kind: 'cloudwatch', period: '60s', metrics: { b: { namespace: 'App', metric: 'a', stat: 'Sum' } } };
  const other = { ...one, question: questionOf(cloudwatch.options().parse({ ...query, expression: 'b * 3' })) };
  expect(
    callsOf([one, other])[0]
      ?.queries()
      .map((sent) => sent.Expression),
  ).toEqual([undefined, 'm0 * 2', 'm0 * 3']);
});

test('METRICS() has a call to itself and keeps the names its filter looks at', () => {
  const calls = callsOf([ask(['a'], undefined), ask(['err_a', 'err_b', 'result'], 'SUM(METRICS("err")) / result')]);
  expect(calls.length).toBe(2);
  expect(calls[1]?.queries().map((query) => query.Id)).toEqual(['err_a', 'err_b', 'result', 'result_']);
});

test('different periods do not share a start', () => {
  expect(callsOf([ask(['a'], undefined, 10, 0, 60), ask(['a'], undefined, 10, 0, 300)]).length).toBe(2);
});
