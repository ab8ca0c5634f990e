/** The source prometheus against a real Prometheus with a history: numbers, folds, what is no number, and each kind of no. */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import { drivenClock, systemClock } from '../../src/lib/clock.ts';
import { prometheus } from '../../src/sources/prometheus/index.ts';
import { deploymentAt } from '../support/deployment.ts';
import { sourceAccess, type TestAccess } from '../support/source-access.ts';
import { hasPrometheus, type MetricStore, type Sample, startPrometheus } from './support/metric-stores.ts';
import { describeWith } from './support/parts.ts';

const MINUTE = 60_000;
const START = Date.UTC(2024, 0, 1, 12);
const SETTLE = 2 * MINUTE;
/** What stands in the way of quotes, of regular expressions, and of both. */
const HOSTILE = `a.*"b'\\c|{d}`;
const { signal } = new AbortController();

/** Half an hour, a sample each 15 s: a count that rises by 1 a second, and gauges that say which minute it is. */
function history(): readonly Sample[] {
  const samples: Sample[] = [];
  for (let at = START; at <= START + 30 * MINUTE; at += 15_000) {
    const minute = Math.floor((at - START) / MINUTE);
    samples.push(['requests_total', (at - START) / 1_000, at]);
    samples.push(['minute', minute, at]);
    samples.push(['load{pod="a"}', minute, at], ['load{pod="b"}', 10 * minute, at], ['load{pod="c"}', 100, at]);
    samples.push(['zero', 0, at], ['errors', minute < 5 ? 0 : 3, at]);
    samples.push([`named{app=${JSON.stringify(HOSTILE)}}`, 7, at], ['named{app="axxb"}', 1_000, at]);
    // Ends after ten minutes.
    if (minute < 10) samples.push(['gone', 5, at]);
  }
  return samples;
}

describeWith('Prometheus', hasPrometheus())('source prometheus with a real Prometheus', () => {
  let store: MetricStore;
  let access: TestAccess;
  const clock = drivenClock(START + 20 * MINUTE);
  beforeAll(async () => {
    store = await startPrometheus({ history: history() });
  }, 60_000);
  afterAll(() => store[Symbol.asyncDispose]());
  beforeAll(() => {
    access = sourceAccess(clock);
  });
  afterAll(() => access[Symbol.asyncDispose]());

  const parsed = (query: string, more: object = {}) =>
    prometheus.options().parse({ kind: 'prometheus', url: store.url, query, period: '60s', ...more });
  const last = (minutes: number) => ({ from: clock.now() - minutes * MINUTE, to: clock.now() });
  const ask = (query: string, more: object = {}, window = last(5)) =>
    prometheus.open(access).query(parsed(query, more), window, SETTLE, signal);
  const numbers = async (query: string, more: object = {}, window = last(5)) => {
    const { points } = await ask(query, more, window);
    return points.map(({ at, value }) => `${(at - START) / MINUTE}=${value}`);
  };
  const failure = async (query: string, more: object = {}) => {
    const error = await ask(query, more).catch((thrown: unknown) => thrown);
    if (error instanceof FailureError) return error.failure;
    throw new Error('there was no failure');
  };

  test('a range: what is evaluated at the end of a period is the value of that period', async () => {
    expect(await numbers('minute')).toEqual(['15=16', '16=17', '17=18', '18=19', '19=20']);
    const { points, settledUntil, growing, from } = await ask('rate(requests_total[1m])');
    expect(points.map(({ value }) => value)).toEqual([1, 1, 1, 1, 1]);
    expect(points.map(({ settled }) => settled)).toEqual([true, true, true, false, false]);
    expect({ settledUntil, growing, from }).toEqual({
      settledUntil: START + 18 * MINUTE,
      growing: false,
      from: START + 15 * MINUTE,
    });
    expect(await numbers('minute', { method: 'GET' })).toEqual(await numbers('minute'));
  });

  test('instant queries give the same value, one a period from now on', async () => {
    expect(await numbers('minute', { instant: true })).toEqual(['19=20']);
    expect(await numbers('scalar(minute)', { instant: true })).toEqual(['19=20']);
    expect(await numbers('sum(load)', { instant: true })).toEqual(['19=320']);
    expect(await numbers('scalar(minute)')).toEqual(await numbers('minute'));
  });

  test('several series are told, or become one by the fold', async () => {
    const { reason, message } = await failure('load');
    expect(reason).toBe('rejected');
    expect(message).toContain('3 series and a rule judges one: load{');
    expect(message).toContain('pod="a"');
    const at = last(1);
    expect(await numbers('load', { fold: 'sum' }, at)).toEqual(['19=320']);
    expect(await numbers('load', { fold: 'avg' }, at)).toEqual([`19=${20 / 3 + 200 / 3 + 100 / 3}`]);
    expect(await numbers('load', { fold: 'min' }, at)).toEqual(['19=20']);
    expect(await numbers('load', { fold: 'max' }, at)).toEqual(['19=200']);
    expect(await numbers('load', { fold: 'max', instant: true }, at)).toEqual(['19=200']);
  });

  test('0/0 is no value; 1/0 is an error or no value, as the rule says', async () => {
    expect(await numbers('zero / zero')).toEqual([]);
    const infinite = await failure('errors / zero');
    expect(infinite).toMatchObject({ reason: 'rejected', retryable: false });
    expect(infinite.message).toContain('the query gives +Inf at 2024-01-01T12:16:00.000Z');
    expect((await failure('-errors / zero')).message).toContain('-Inf');
    const from = { from: START, to: START + 10 * MINUTE };
    // No errors and no requests for five minutes, then errors of no requests.
    expect(await numbers('errors / zero', { infinite: 'missing' }, from)).toEqual([]);
    expect(await numbers('errors / (zero + 1)', {}, from)).toEqual([
      ...['0=0', '1=0', '2=0', '3=0', '4=3', '5=3', '6=3', '7=3', '8=3', '9=3'],
    ]);
  });

  test('what is not there is missing: no series at all, and one that ended', async () => {
    expect(await numbers('nothing_of_that_name')).toEqual([]);
    expect(await numbers('nothing_of_that_name', { instant: true })).toEqual([]);
    // Without a stale marker a gauge is looked back at for five minutes.
    expect(await numbers('gone', {}, { from: START + 8 * MINUTE, to: START + 20 * MINUTE })).toEqual([
      ...['8=5', '9=5', '10=5', '11=5', '12=5', '13=5'],
    ]);
  });

  test('a text and a range where a number is asked for are refused', async () => {
    expect(await failure('"a text"', { instant: true })).toMatchObject({ reason: 'rejected' });
    const range = await failure('load[5m]', { instant: true });
    expect(range).toMatchObject({ reason: 'rejected' });
  });

  test('each kind of no is told apart', async () => {
    const syntax = await failure('sum(');
    expect(syntax).toMatchObject({ reason: 'rejected', retryable: false, code: 'bad_data', status: 400 });
    expect(syntax.message).toContain('parse error');
    const execution = await failure('load * on() group_left load');
    expect(execution).toMatchObject({ reason: 'rejected', code: 'execution', status: 422 });
    const elsewhere = await failure('minute', { url: `${store.url}/prefix` });
    expect(elsewhere).toMatchObject({ reason: 'not-found', status: 404 });
    const nobody = await failure('minute', { url: 'http://127.0.0.1:1' });
    expect(nobody).toMatchObject({ reason: 'network', retryable: true, code: 'ECONNREFUSED' });
  });

  test('a name of a deployment is nothing but a name, whatever it holds', async () => {
    const source = prometheus.open(access);
    const named = (name: string) => deploymentAt(START, { application: { id: 'app1234', name } });
    for (const query of [
      'sum(named{app="{{deployment.application}}"})',
      "sum(named{app=~'{{deployment.application}}'})",
    ]) {
      const plain = parsed(query);
      const filled = source.forDeployment?.(plain, named(HOSTILE)) ?? plain;
      const { points } = await source.query(filled, last(2), SETTLE, signal);
      expect(points.map(({ value }) => value)).toEqual([7, 7]);
      expect(source.forDeployment?.(plain, named(HOSTILE))).toBe(filled);
      expect(source.forDeployment?.(plain, named('other'))).not.toBe(filled);
    }
  });

  test('more than 11,000 points are asked for in pieces', async () => {
    const before = access.reports.length;
    const day = { from: clock.now() - 12_000_000, to: clock.now() };
    const { points } = await ask('vector(1)', { period: '1s' }, day);
    expect(points.length).toBe(12_000);
    expect(access.reports.length - before).toBe(2);
  });

  test('however many rules and deployments look, one request a period is sent', async () => {
    const before = access.reports.length;
    const source = prometheus.open(access);
    const look = (minutes: number) => source.query(parsed('minute'), last(minutes), SETTLE, signal);
    for (let period = 0; period < 5; period++) {
      for (let poll = 0; poll < 4; poll++) {
        const all = await Promise.all([3, 10, 5, 10].map(look));
        expect(all.map(({ points }) => points.at(-1)?.value)).toEqual(all.map(() => 20 + period));
        await clock.advance(15_000);
      }
    }
    expect(access.reports.length - before).toBe(5);
  });
});

describeWith('Prometheus', hasPrometheus())('source prometheus with a real Prometheus that scrapes', () => {
  test('a series that is not exported any more is missing at once: it has a stale marker', async () => {
    let exported = true;
    const exporter = createServer((_, response) => response.end(exported ? 'shop_load 3\n' : '\n'));
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
    const address = exporter.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const clock = systemClock();
    await using access = sourceAccess(clock);
    await using store = await startPrometheus({ scrape: `127.0.0.1:${port}` });
    const query = prometheus.options().parse({ kind: 'prometheus', url: store.url, query: 'shop_load', period: '1s' });
    const now = async () => {
      // A source of its own each time: nothing is held back.
      const window = { from: clock.now() - 2_000, to: clock.now() };
      const { points } = await prometheus.open(access).query(query, window, 0, signal);
      return points.at(-1)?.value;
    };
    const until = async (wanted: number | undefined) => {
      for (let tries = 0; tries < 100 && (await now()) !== wanted; tries++) await delay(100);
      expect(await now()).toBe(wanted);
    };
    await until(3);
    exported = false;
    const since = performance.now();
    await until(undefined);
    // Without the marker it would be looked back at for five minutes.
    expect(performance.now() - since).toBeLessThan(15_000);
    exporter.close();
  }, 40_000);
});
