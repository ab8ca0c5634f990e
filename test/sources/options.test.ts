/** What the cloudwatch source refuses at load, and the words it does it with. */
import { describe, expect, test } from 'vitest';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';

const metric = { namespace: 'App', metric: 'Errors', stat: 'Sum' };

function problems(change: Record<string, unknown>): readonly string[] {
  const query = { kind: 'cloudwatch', period: '60s', metrics: { errors: metric }, ...change };
  const parsed = cloudwatch.options().safeParse(query);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const two = { errors: metric, requests: { ...metric, metric: 'Requests' } };

describe('refused', () => {
  const table: [string, Record<string, unknown>, RegExp][] = [
    ['a period off the minute', { period: '90s' }, /^period: expected 1s, 5s, 10s, 20s, 30s or a multiple of 60s$/],
    ['a period of two seconds', { period: '2s' }, /^period: expected 1s, 5s/],
    ['a period of nothing', { period: '0s' }, /^period: expected 1s, 5s/],
    [
      'an undefined metric',
      { metrics: two, expression: 'error / requests' },
      /^expression: expression names "error", which is not in metrics \(errors, requests\)$/,
    ],
    ['an uppercase metric', { expression: 'Errors' }, /^expression: expression names "Errors"/],
    [
      'several metrics without an expression',
      { metrics: two },
      /^expression: expected an expression that says how errors, requests become one series$/,
    ],
    [
      'an unused metric',
      { metrics: two, expression: 'errors * 2' },
      /^metrics\.requests: metric "requests" is not used/,
    ],
    ['no metric at all', { metrics: {} }, /^metrics: expected at least one metric/],
    ['a number alone', { metrics: {}, expression: '1 + 1' }, /^expression: expression names no metric$/],
    ['a metric name CloudWatch refuses', { metrics: { Errors: metric } }, /^metrics\.Errors: /],
    ['a broken expression', { expression: 'errors +' }, /^expression: expression cannot be read: /],
    ['a question mark', { expression: 'errors ? 1 : 0' }, /write IF\(a, b, c\)/],
    ['an operator of JavaScript', { expression: 'errors % 2' }, /metric math has no operator %/],
    ['two parts side by side', { expression: 'errors errors' }, /an operator is missing/],
    ['a member', { expression: 'errors.sum' }, /no dots/],
    [
      'a statistic in the wrong case',
      { metrics: { errors: { ...metric, stat: 'sum' } } },
      /^metrics\.errors\.stat: .*did you mean Sum\?$/,
    ],
    [
      'a percentile above 100',
      { metrics: { errors: { ...metric, stat: 'p101' } } },
      /^metrics\.errors\.stat: expected/,
    ],
    ['an unbounded trim', { metrics: { errors: { ...metric, stat: 'TM(:)' } } }, /^metrics\.errors\.stat: expected/],
    ['a unit of nobody', { metrics: { errors: { ...metric, unit: 'Furlong' } } }, /^metrics\.errors\.unit: /],
    ['Insights beside metrics', { expression: 'SELECT SUM(Errors) FROM App' }, /^metrics: expected no metrics beside/],
    [
      'Insights with groups',
      { metrics: {}, expression: 'SELECT SUM(E) FROM A GROUP BY host' },
      /^expression: GROUP BY gives many series/,
    ],
    ['a bare SEARCH', { metrics: {}, expression: `SEARCH('{App} x', 'Sum', 60)` }, /fold them, e\.g\. SUM\(SEARCH/],
    ['a key that is not there', { metrics: { errors: { ...metric, statistic: 'Sum' } } }, /statistic/],
  ];
  test.each(table)('%s', (_name, change, expected) => {
    expect(problems(change).join('\n')).toMatch(expected);
  });
});

describe('taken', () => {
  const table: [string, Record<string, unknown>][] = [
    ['a metric alone', {}],
    ['high resolution', { period: '10s' }],
    ['an hour', { period: '1h' }],
    ['metric math', { metrics: two, expression: '100 * errors / requests' }],
    ['AND and OR', { metrics: two, expression: 'IF(errors > 3 AND requests > 10 OR requests == 0, 1, 0)' }],
    ['FILL with a word', { expression: 'FILL(errors, REPEAT)' }],
    ['a function of tomorrow', { expression: 'TOMORROW(errors, 3)' }],
    ['all metrics by METRICS', { metrics: two, expression: 'SUM(METRICS())' }],
    ['a band', { expression: 'ANOMALY_DETECTION_BAND(errors, 2)' }],
    [
      'a search that is folded',
      { metrics: {}, expression: `SUM(SEARCH('{App,Host} MetricName="Errors"', 'Sum', 60))` },
    ],
    ['Metrics Insights', { metrics: {}, expression: 'SELECT SUM(Errors) FROM SCHEMA(App)' }],
    ...['IQM', 'p99', 'p99.9', 'p100', 'tm90', 'wm98', 'TM(10%:90%)', 'PR(:300)', 'TC(0.005:0.030)'].map(
      (stat): [string, Record<string, unknown>] => [stat, { metrics: { errors: { ...metric, stat } } }],
    ),
  ];
  test.each(table)('%s', (_name, change) => {
    expect(problems(change)).toEqual([]);
  });
});
