import { describe, expect, test } from 'vitest';
import { watchdogMetrics } from '../../src/http/metrics.ts';
import { type Report, startHttp } from '../../src/http/server.ts';
import { statusReport, statusSchema } from '../../src/http/status.ts';
import { at, denied, running, STORY, throttled, watch } from '../journal/events.ts';
import { EXAMPLES } from '../log/examples.ts';
import { metricsPage } from './metrics-page.ts';

const make = (now = at(300)) => watchdogMetrics({ version: '0.1.0', now: () => now, process: false });

async function value(metrics: ReturnType<typeof make>, line: string): Promise<number | undefined> {
  const text = await metrics.registry.metrics();
  const found = text.split('\n').find((one) => one.startsWith(`appconfig_watchdog_${line} `));
  return found === undefined ? undefined : Number(found.split(' ').at(-1));
}

describe('metrics', () => {
  test('are those docs/metrics.md names', async () => {
    await expect(await metricsPage(make().registry)).toMatchFileSnapshot('../../docs/metrics.md');
  });

  test('count what the events say', async () => {
    const metrics = make();
    for (const event of STORY) metrics.onEvent(event);
    expect(await value(metrics, 'verdicts_total{policy="checkout-prod",rule="error-rate",kind="breached"}')).toBe(1);
    expect(await value(metrics, 'decisions_total{kind="stop"}')).toBe(1);
    expect(await value(metrics, 'stops_total{outcome="rolled-back"}')).toBe(1);
    expect(await value(metrics, 'stop_attempts_failed_total{reason="throttled"}')).toBe(1);
    expect(await value(metrics, 'evidence_to_stop_seconds_sum')).toBeCloseTo(60.8);
    expect(await value(metrics, 'stops_in_flight')).toBe(0);
    expect(await value(metrics, 'watches{policy="everything"}')).toBe(1);
    expect(await value(metrics, 'watches{policy="checkout-prod"}')).toBeUndefined();
  });

  test('tell the age of data and of not knowing while a watch lasts, and no longer', async () => {
    const metrics = make(at(340));
    for (const event of STORY.slice(0, 10)) metrics.onEvent(event);
    expect(await value(metrics, 'data_age_seconds{policy="checkout-prod",rule="error-rate"}')).toBe(100);
    expect(await value(metrics, 'rule_unknown_seconds{policy="checkout-prod",rule="pager"}')).toBe(160);
    expect(await value(metrics, 'stops_in_flight')).toBe(1);
    for (const event of STORY.slice(10)) metrics.onEvent(event);
    expect(await metrics.registry.metrics()).not.toMatch(/(data_age|rule_unknown)_seconds\{/);
  });

  test('a rule that is known again has no unknown time', async () => {
    const metrics = make();
    metrics.onEvent(EXAMPLES['deployment-discovered']);
    const judged = { kind: 'rule-judged', watch, rule: 'pager' } as const;
    metrics.onEvent({ ...judged, at: at(1), verdict: { kind: 'unknown', because: 'no', failure: throttled } });
    metrics.onEvent({ ...judged, at: at(2), verdict: { kind: 'healthy', because: 'yes' } });
    expect(await value(metrics, 'rule_unknown_seconds{policy="checkout-prod",rule="pager"}')).toBeUndefined();
  });

  test('tell how often rules would stop what is harmless, the worst of each; a former life is not counted', async () => {
    const metrics = make();
    const one = EXAMPLES['rule-calibrated'];
    const wild = { kind: 'calibrated', etas: [1], placebos: 600, falseStops: 60, met: true, at: at(55) } as const;
    const young = { kind: 'uncalibrated', because: 'its history is too short' } as const;
    const staging = { id: 'env9', name: 'staging' };
    const ratio = 'rule_false_stop_ratio{policy="checkout-prod",rule="error-rate"}';
    metrics.onHistory([one]);
    expect(await value(metrics, ratio)).toBeCloseTo(4 / 600);
    expect(await value(metrics, 'calibrations_total{outcome="may-stop"}')).toBeUndefined();
    metrics.onEvent({ ...one, environment: staging, calibration: wild });
    expect(await value(metrics, ratio)).toBeCloseTo(0.1);
    metrics.onEvent({ ...one, environment: staging, calibration: young, keepsFormer: true });
    expect(await value(metrics, ratio)).toBeCloseTo(0.1);
    metrics.onEvent({ ...one, environment: staging, calibration: young });
    expect(await value(metrics, ratio)).toBeCloseTo(4 / 600);
    for (const outcome of ['advises', 'failed', 'uncalibrated'])
      expect(await value(metrics, `calibrations_total{outcome="${outcome}"}`)).toBe(1);
    expect(await value(metrics, 'calibration_duration_seconds_count')).toBe(3);
    metrics.onEvent({ ...EXAMPLES['policy-loaded'], policies: ['another'] });
    expect(await value(metrics, ratio)).toBeUndefined();
  });

  test('count calls, passes and queries', async () => {
    const metrics = make();
    metrics.onCall({ operation: 'GetDeployment', target: 'prod-eu', duration: 40 });
    metrics.onCall({ operation: 'StopDeployment', target: 'prod-eu', duration: 80, failure: denied });
    metrics.onRequest({ source: 'prometheus', target: 'prod-eu', duration: 12 });
    metrics.onRequest({ source: 'prometheus', target: 'prod-eu', duration: 12, failure: denied });
    metrics.onPass({ target: 'prod-eu', pass: 'look', duration: 1_500 });
    metrics.onQueries({ asked: 3, saved: 9 });
    expect(await value(metrics, 'aws_calls_total{operation="GetDeployment",target="prod-eu",outcome="ok"}')).toBe(1);
    expect(await value(metrics, 'aws_calls_total{operation="StopDeployment",target="prod-eu",outcome="auth"}')).toBe(1);
    expect(await value(metrics, 'source_requests_total{source="prometheus",target="prod-eu",outcome="auth"}')).toBe(1);
    expect(await value(metrics, 'source_request_duration_seconds_count{source="prometheus"}')).toBe(2);
    expect(await value(metrics, 'cycle_duration_seconds_sum{target="prod-eu",pass="look"}')).toBe(1.5);
    expect(await value(metrics, 'metric_queries_saved_total')).toBe(9);
  });

  test('follow the circuit, the journal and the targets', async () => {
    const metrics = make();
    for (const kind of [
      'circuit-opened',
      'journal-failed',
      'target-unreachable',
      'unguarded',
      'policy-rejected',
    ] as const) {
      metrics.onEvent(EXAMPLES[kind]);
    }
    expect(await value(metrics, 'circuit_open')).toBe(1);
    expect(await value(metrics, 'journal_failing')).toBe(1);
    expect(await value(metrics, 'target_unreachable{target="prod-eu"}')).toBe(1);
    expect(await value(metrics, 'unguarded{target="prod-eu"}')).toBe(1);
    metrics.onEvent(EXAMPLES['circuit-closed']);
    metrics.onEvent({ kind: 'journal-recovered', at: at(5), lost: 7 });
    metrics.onEvent(EXAMPLES['target-reachable']);
    metrics.onEvent(EXAMPLES['guarded-again']);
    expect(await value(metrics, 'unguarded{target="prod-eu"}')).toBe(0);
    expect(await value(metrics, 'circuit_open')).toBe(0);
    expect(await value(metrics, 'journal_lost_total')).toBe(7);
    expect(await value(metrics, 'target_unreachable{target="prod-eu"}')).toBe(0);
  });
});

const WATCHING = {
  targets: [{ name: 'prod-eu', discoveredAt: at(1) }],
  watches: [
    {
      ref: watch,
      mode: 'enforce',
      deployment: running,
      discoveredAt: at(5),
      phase: 'watching',
      rules: {
        'error-rate': {
          rule: 'error-rate',
          told: false,
          judgedAt: at(9),
          verdict: { kind: 'healthy', because: 'was 0.2' },
        },
      },
      withheld: [],
    },
  ],
  stopsInFlight: 0,
  circuit: 'closed',
} as const;

describe('the server', () => {
  const answers = { health: { ok: true, because: [] }, ready: { ok: true, because: [] } };

  async function ask(path: string, given: { health: Report; ready: Report } = answers, init?: RequestInit) {
    await using server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      health: () => given.health,
      ready: () => given.ready,
      metrics: make().registry,
      status: () => JSON.parse(JSON.stringify(statusReport(WATCHING, '0.1.0', at(10)))),
    });
    const response = await fetch(server.url + path, init);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  }

  test.each(['/healthz', '/readyz'])('%s is 200 when all is well', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 200, text: '{"ok":true,"because":[]}' });
  });

  test.each(['health', 'ready'] as const)('%s says why not, with 503', async (kind) => {
    const because = ['target prod-eu was not discovered yet'];
    const { status, text } = await ask(kind === 'health' ? '/healthz' : '/readyz', {
      ...answers,
      [kind]: { ok: false, because },
    });
    expect([status, JSON.parse(text)]).toEqual([503, { ok: false, because }]);
  });

  test('/metrics speaks the format of Prometheus', async () => {
    const { status, type, text } = await ask('/metrics');
    expect([status, type]).toEqual([200, expect.stringContaining('text/plain')]);
    expect(text).toContain('appconfig_watchdog_build_info{version="0.1.0"} 1');
  });

  test('/status is what the status command reads', async () => {
    const { text } = await ask('/status');
    expect(statusSchema().parse(JSON.parse(text)).watches[0]).toMatchObject({
      deployment: 'checkout/prod/12',
      policy: 'checkout-prod',
      percentage: 0,
      rules: [{ rule: 'error-rate', verdict: 'healthy', because: 'was 0.2' }],
    });
  });

  test('anything else is 404, and nothing can be changed', async () => {
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('/status', answers, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  test('a health that throws is 500 with the reason', async () => {
    await using server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      health: () => {
        throw new Error('no state yet');
      },
      ready: () => answers.ready,
      metrics: make().registry,
      status: () => null,
    });
    const response = await fetch(`${server.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([500, { ok: false, because: ['no state yet'] }]);
  });

  test('stops while a connection is open', async () => {
    const server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      ...{ health: () => answers.health, ready: () => answers.ready },
      metrics: make().registry,
      status: () => null,
    });
    await fetch(`${server.url}/healthz`);
    await server.stop();
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });
});
