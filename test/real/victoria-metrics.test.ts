/** The source prometheus against a real VictoriaMetrics, which speaks the same API with differences of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { prometheus } from '../../src/sources/prometheus/index.ts';
import { sourceAccess, type TestAccess } from '../support/source-access.ts';
import { hasVictoriaMetrics, type MetricStore, type Sample, startVictoriaMetrics } from './support/metric-stores.ts';
import { describeWith } from './support/parts.ts';

const MINUTE = 60_000;
const START = Date.UTC(2024, 0, 1, 12);
const { signal } = new AbortController();
const AUTH = { kind: 'basic', username: 'watchdog', password: 'not-a-secret' };

function history(): readonly Sample[] {
  const samples: Sample[] = [];
  for (let at = START; at <= START + 30 * MINUTE; at += 15_000) {
    const minute = Math.floor((at - START) / MINUTE);
    samples.push(['minute', minute, at], ['zero', 0, at], ['one', 1, at]);
    samples.push(['load{pod="a"}', minute, at], ['load{pod="b"}', 10 * minute, at]);
  }
  return samples;
}

describeWith('VictoriaMetrics', hasVictoriaMetrics())('source prometheus with a real VictoriaMetrics', () => {
  let store: MetricStore;
  let access: TestAccess;
  beforeAll(async () => {
    access = sourceAccess(drivenClock(START + 20 * MINUTE));
    const authorization = `Basic ${Buffer.from(`${AUTH.username}:${AUTH.password}`).toString('base64')}`;
    const flags = [`-httpAuth.username=${AUTH.username}`, `-httpAuth.password=${AUTH.password}`];
    store = await startVictoriaMetrics(history(), flags, { authorization });
  }, 30_000);
  afterAll(async () => {
    await access[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  async function asked(query: string, more: object = {}) {
    const options = { kind: 'prometheus', url: store.url, query, period: '60s', auth: AUTH, ...more };
    const window = { from: START + 15 * MINUTE, to: START + 20 * MINUTE };
    try {
      const { points } = await prometheus.open(access).query(prometheus.options().parse(options), window, 0, signal);
      return points.map(({ at, value }) => `${(at - START) / MINUTE}=${value}`);
    } catch (error) {
      if (error instanceof FailureError) return error.failure;
      throw error;
    }
  }

  test('ranges and instants, by POST and by GET', async () => {
    const expected = ['15=16', '16=17', '17=18', '18=19', '19=20'];
    expect(await asked('minute')).toEqual(expected);
    expect(await asked('minute', { method: 'GET' })).toEqual(expected);
    expect(await asked('minute', { instant: true })).toEqual(['19=20']);
  });

  test('several series, folded or told', async () => {
    expect(await asked('load')).toMatchObject({ reason: 'rejected' });
    expect(await asked('load', { fold: 'sum', instant: true })).toEqual(['19=220']);
  });

  test('what is no number: it leaves NaN out itself, and infinity is told', async () => {
    expect(await asked('zero / zero')).toEqual([]);
    expect(await asked('nothing_of_that_name')).toEqual([]);
    expect(await asked('one / zero')).toMatchObject({ reason: 'rejected', retryable: false });
    expect(await asked('one / zero', { infinite: 'missing' })).toEqual([]);
  });

  test('each kind of no is told apart', async () => {
    expect(await asked('sum(')).toMatchObject({ reason: 'rejected', status: 422 });
    expect(await asked('minute', { url: `${store.url}/prefix` })).toMatchObject({ reason: 'rejected', status: 400 });
    const wrong = { ...AUTH, password: 'wrong-one' };
    expect(await asked('minute', { auth: wrong })).toMatchObject({ reason: 'auth', status: 401 });
  });
});
