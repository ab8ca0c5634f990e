/** Heartbeats to a URL: what is said when, to a real receiver, on a clock a hundred times as fast. */
import { expect, it, vi } from 'vitest';
import type { Failure } from '../../src/core/failure.ts';
import { type Heartbeats, heartbeats } from '../../src/heartbeat/heartbeats.ts';
import type { Pulse } from '../../src/heartbeat/listener.ts';
import { acceleratedClock } from '../../src/lib/clock.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Config } from '../../src/policy/schema.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const SECRET = '8f0e-a-check-of-ours';

function configOf(heartbeat: object): Config {
  const file = {
    version: 1,
    targets: [{ region: 'eu-west-1' }],
    poll: '*/15 * * * * *',
    policies: [
      {
        name: 'p',
        match: { application: 'a', environment: 'b' },
        mode: 'observe',
        rules: [{ name: 'r', trigger: { kind: 'alarm', names: ['x'] } }],
      },
    ],
    heartbeat,
  };
  const loaded = loadPolicy({ path: 'p.yaml', text: JSON.stringify(file) }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  return loaded.config;
}

interface Under extends AsyncDisposable {
  readonly beats: Heartbeats;
  readonly failures: readonly string[];
  readonly told: readonly (Failure | undefined)[];
  pulse: Pulse;
}

function begin(receiver: Receiver, more: object = {}): Under {
  const failures: string[] = [];
  const told: (Failure | undefined)[] = [];
  const under: Under = {
    pulse: { kind: 'well' },
    failures,
    told,
    beats: heartbeats({
      clock: acceleratedClock({ origin: 0, realOrigin: Date.now(), speed: 100 }),
      pulse: () => under.pulse,
      onCall: () => {},
      onFailure: (kind) => void failures.push(kind),
      onDelivery: (_kind, failure) => void told.push(failure),
    }),
    [Symbol.asyncDispose]: () => under.beats.end('the test is over'),
  };
  under.beats.renew(configOf({ url: `${receiver.url}/${SECRET}?rid=1`, ...more }), true);
  return under;
}

const soon = (holds: () => void) => vi.waitFor(holds, { timeout: 5_000, interval: 5 });

it('asks the URL itself at each beat', async () => {
  await using receiver = await startReceiver();
  await using _under = begin(receiver, { every: '10s' });
  await soon(() => expect(receiver.beats.length).toBeGreaterThan(3));
  expect(receiver.beats[3]).toEqual({ method: 'POST', path: `/${SECRET}?rid=1`, body: '' });
});

it('says nothing while the daemon comes up, and does not wait for the next beat then', async () => {
  await using receiver = await startReceiver();
  const started: { pulse: Pulse } = { pulse: { kind: 'starting' } };
  const beats = heartbeats({
    clock: acceleratedClock({ origin: 0, realOrigin: Date.now(), speed: 100 }),
    pulse: () => started.pulse,
    onCall: () => {},
    onFailure: () => {},
    onDelivery: () => {},
  });
  beats.renew(configOf({ url: receiver.url, every: '1h' }), true);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(receiver.beats).toEqual([]);
  started.pulse = { kind: 'well' };
  await soon(() => expect(receiver.beats).toHaveLength(1));
  await beats.end('the test is over');
});

it('says at URL/start that the daemon begins, where that is wanted, and not again at a reload', async () => {
  await using receiver = await startReceiver();
  await using under = begin(receiver, { start: true });
  await soon(() => expect(receiver.paths().slice(0, 2)).toEqual([`/${SECRET}/start?rid=1`, `/${SECRET}?rid=1`]));
  under.beats.renew(configOf({ url: `${receiver.url}/other/`, start: true }), false);
  await soon(() => expect(receiver.paths()).toContain('/other/'));
  expect(receiver.paths().filter((path) => path.includes('start'))).toHaveLength(1);
});

it('says at URL/fail why the daemon is not healthy', async () => {
  await using receiver = await startReceiver();
  await using under = begin(receiver);
  under.pulse = { kind: 'ill', because: ['target main hangs', 'target other hangs'] };
  await soon(() => expect(receiver.paths()).toContain(`/${SECRET}/fail?rid=1`));
  expect(receiver.beats.at(-1)).toMatchObject({ method: 'POST', body: 'target main hangs\ntarget other hangs' });
});

it('is silent while the daemon is not healthy, where that is wanted', async () => {
  await using receiver = await startReceiver();
  await using under = begin(receiver, { unhealthy: 'silence', every: '10s' });
  await soon(() => expect(receiver.beats.length).toBeGreaterThan(0));
  under.pulse = { kind: 'ill', because: ['hangs'] };
  const before = receiver.beats.length;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(receiver.beats.length).toBeLessThanOrEqual(before + 1);
  expect(receiver.paths().join()).not.toContain('fail');
});

it('is tried again within its period, and a blip is not told', async () => {
  await using receiver = await startReceiver();
  receiver.answers(503, 500);
  await using under = begin(receiver, { every: '1h', method: 'GET' });
  await soon(() => expect(receiver.beats).toHaveLength(3));
  expect(receiver.beats.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  expect(under.failures).toEqual(['url', 'url']);
  expect(under.told).toEqual([]);
});

it('is told once when it cannot be delivered and once when it can again, without its URL', async () => {
  await using receiver = await startReceiver();
  receiver.answers(404, 403, { text: 'OK (not found)' });
  await using under = begin(receiver, { every: '10s' });
  await soon(() => expect(under.told).toHaveLength(2));
  expect(under.told).toEqual([
    { reason: 'not-found', retryable: false, status: 404, message: 'the heartbeat URL answered 404' },
    undefined,
  ]);
  expect(under.failures).toHaveLength(3);
  expect(receiver.beats.length).toBeGreaterThanOrEqual(4);
});

it('a URL nobody listens at is told by its code only', async () => {
  await using receiver = await startReceiver();
  await using under = begin(receiver, { every: '10s', url: `http://127.0.0.1:9/${SECRET}` });
  await soon(() => expect(under.told).toHaveLength(1));
  expect(under.told[0]).toMatchObject({
    reason: 'network',
    message: 'the heartbeat URL cannot be reached (ECONNREFUSED)',
  });
  expect(JSON.stringify(under.told)).not.toContain(SECRET);
});

it('a new file puts its own in force, or none', async () => {
  await using receiver = await startReceiver();
  await using under = begin(receiver, { every: '10s' });
  await soon(() => expect(receiver.beats.length).toBeGreaterThan(1));
  under.beats.renew(configOf({ url: `${receiver.url}/new`, every: '10s' }), false);
  const before = receiver.beats.length;
  await soon(() => expect(receiver.beats.length).toBeGreaterThan(before + 2));
  expect(new Set(receiver.paths().slice(before + 1))).toEqual(new Set(['/new']));
  const { heartbeat: _gone, ...without } = configOf({ url: receiver.url });
  under.beats.renew(without, false);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const at = receiver.beats.length;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(receiver.beats).toHaveLength(at);
});

it.each([
  ['silence', 0],
  ['fail', 1],
])('at the end: %s', async (atEnd, most) => {
  await using receiver = await startReceiver();
  const under = begin(receiver, { atEnd });
  await soon(() => expect(receiver.beats.length).toBeGreaterThan(0));
  await under.beats.end('ended by SIGTERM');
  const last = receiver.beats.filter(({ path }) => path.includes('/fail'));
  expect(last.map(({ body }) => body)).toEqual(Array.from({ length: most }, () => 'ended by SIGTERM'));
});

it('ends within seconds although the last word is never answered', { timeout: 15_000 }, async () => {
  await using receiver = await startReceiver();
  const under = begin(receiver, { atEnd: 'fail' });
  await soon(() => expect(receiver.beats.length).toBeGreaterThan(0));
  receiver.answers(...Array.from({ length: 100 }, () => 'hang' as const));
  const begun = performance.now();
  await under.beats.end('ended by SIGTERM');
  expect(performance.now() - begun).toBeLessThan(4_500);
});

it.each([
  ['neither', {}, 'expected `url`, `cloudwatch` or both'],
  ['a file', { url: 'file:///etc/passwd' }, 'expected a URL of http or https'],
  ['too often', { url: 'https://x', every: '1s' }, 'expected a duration from 10s to 24h'],
  ["AWS's own namespace", { cloudwatch: { namespace: 'AWS/EC2' } }, 'without AWS/ or a colon at its beginning'],
])('a file is refused with %s', (_, heartbeat, because) => {
  expect(() => configOf(heartbeat)).toThrow(because);
});

it('its URL is not in what a file prints as', () => {
  expect(JSON.stringify(configOf({ url: `https://hc-ping.com/${SECRET}` }))).not.toContain(SECRET);
});
