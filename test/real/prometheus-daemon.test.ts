/** A deployment in the sandbox, stopped through the whole daemon by numbers of a real Prometheus. */
import { expect, test } from 'vitest';
import { policy } from '../scenario/support/policy.ts';
import { world } from '../scenario/support/world.ts';
import { hasPrometheus, type Sample, startPrometheus } from './support/metric-stores.ts';
import { describeWith } from './support/parts.ts';

const MINUTE = 60_000;
/** When a scenario's world begins its life. */
const START = Date.UTC(2026, 10, 22, 12);

/** Two applications; the errors of checkout begin after a quarter of an hour, the other one has had them all along. */
function history(): readonly Sample[] {
  const samples: Sample[] = [];
  for (let at = START - 30 * MINUTE; at <= START + 90 * MINUTE; at += 15_000) {
    const seconds = (at - START) / 1_000 + 1_800;
    const failing = Math.max(0, (at - (START + 15 * MINUTE)) / 1_000);
    samples.push(
      ['requests_total{app="checkout"}', 100 * seconds, at],
      ['errors_total{app="checkout"}', 20 * failing, at],
    );
    samples.push(['requests_total{app="other"}', 100 * seconds, at], ['errors_total{app="other"}', 50 * seconds, at]);
  }
  return samples;
}

const ratio = `100 * sum(rate(errors_total{app="{{deployment.application}}"}[1m]))
  / sum(rate(requests_total{app="{{deployment.application}}"}[1m]))`;

describeWith('Prometheus', hasPrometheus())('a daemon that asks Prometheus', () => {
  test('stops the rollout whose error rate rises, and says by which numbers', async () => {
    await using store = await startPrometheus({ history: history() });
    const rule = {
      name: 'errors-by-prometheus',
      source: { kind: 'prometheus', url: store.url, query: ratio, period: '60s' },
      judge: { kind: 'threshold', above: 5, breaching: '2 of 3' },
      settle: '30s',
    };
    await using here = await world({ policy: policy({ rules: [rule] }) });
    const number = await here.shop.deploy({ flag: 'good' });
    const startedAt = here.minutes();
    await here.untilReleased();
    expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
    expect(here.stopCalls()).toBe(1);
    // Healthy while the other application fails all along, and stopped for its own errors, which begin at 15.
    expect(startedAt).toBeLessThan(12);
    const kinds = here.of('rule-judged').map(({ verdict }) => verdict.kind);
    expect(kinds.slice(kinds.indexOf('healthy'))).toEqual(expect.arrayContaining(['healthy', 'breached']));
    const [decided] = here.of('stop-decided');
    const minute = ((decided?.at ?? 0) - START) / MINUTE;
    expect(minute).toBeGreaterThan(16);
    expect(minute).toBeLessThan(19);
    expect(decided?.because[0]).toMatch(
      /^errors-by-prometheus: 100 \* sum\(rate\(errors_total\{app="checkout"\}.* above 5: 2 of the last 3 datapoints of 1m \(2 needed\): [\d.]+ at 12:1\d:00/,
    );
  }, 60_000);

  test('keeps watching while Prometheus is away, and says why nobody knows', async () => {
    const store = await startPrometheus({ history: history() });
    const rule = {
      name: 'errors-by-prometheus',
      source: { kind: 'prometheus', url: store.url, query: ratio, period: '60s' },
      judge: { kind: 'threshold', above: 5, breaching: '2 of 3' },
    };
    await using here = await world({ policy: policy({ rules: [rule] }) });
    await here.shop.deploy({ flag: 'good' });
    await here.advance('2m');
    await store[Symbol.asyncDispose]();
    await here.until('it is told', () => here.of('rule-unknown-too-long').length > 0, '15m');
    const unknown = here.of('rule-judged').find(({ verdict }) => verdict.kind === 'unknown');
    expect(unknown?.verdict.because).toMatch(
      /^could not be asked: Prometheus at 127\.0\.0\.1:\d+ cannot be reached \(E/,
    );
    expect(here.stopCalls()).toBe(0);
  }, 60_000);
});
