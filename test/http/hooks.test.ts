/** POST /hooks/NAME over real HTTP: what is taken, what is refused and how, and what strangers cannot do. */
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { fixture, NOW, PAGERDUTY_SECRET, pagerdutySignature, TOPIC } from '../hooks/support/open.ts';
import { notification, type Signer, signed, signer } from '../hooks/support/sns.ts';
import { type HookServerOptions, hookServer } from './support/hook-server.ts';

const TOKEN = 'token-of-this-test';
const BEARER = { kind: 'bearer', token: TOKEN };
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const PAGER = { hooks: { pager: { kind: 'alertmanager', auth: BEARER } } };
const FIRING = fixture('alertmanager.firing');

describe('a message', () => {
  test('that is authentic is taken, and answered when it is on record and not before', async () => {
    const order: string[] = [];
    const record = Promise.withResolvers<void>();
    const accept = async () => {
      order.push('asked');
      await record.promise;
      order.push('recorded');
    };
    await using server = await hookServer({ ...PAGER, accept });
    const answer = server.post('pager', FIRING, AUTHORIZED).then((got) => {
      order.push('answered');
      return got;
    });
    await delay(200);
    expect(order).toEqual(['asked']);
    record.resolve();
    expect(await answer).toMatchObject({
      status: 200,
      json: { ok: true, outcome: 'taken', alerts: 1, deployments: 0 },
    });
    expect(order).toEqual(['asked', 'recorded', 'answered']);
  });

  test.each(['application/json', 'text/plain; charset=UTF-8', 'application/x-www-form-urlencoded', 'nonsense'])(
    'is taken whatever it says it is: %s',
    async (type) => {
      await using server = await hookServer(PAGER);
      expect((await server.post('pager', FIRING, { ...AUTHORIZED, 'content-type': type })).status).toBe(200);
      expect(server.taken).toMatchObject([{ hook: 'pager', delivery: { alerts: [{ key: 'c0ffee1234567890' }] } }]);
    },
  );

  test('without a type is taken as well', async () => {
    await using server = await hookServer(PAGER);
    expect((await server.post('pager', Buffer.from(FIRING), AUTHORIZED)).status).toBe(200);
  });

  test('that cannot be put on record is to be sent again', async () => {
    await using server = await hookServer({
      ...PAGER,
      accept: async () => Promise.reject(new Error('disk /secret/path')),
    });
    const { status, headers, text } = await server.post('pager', FIRING, AUTHORIZED);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(text).not.toContain('secret');
  });

  test.each([
    ['malformed', 400, '{"version":"3"}'],
    ['no JSON', 400, 'hello'],
    ['nothing', 400, undefined],
    ['not UTF-8', 400, Buffer.from([0xff, 0xfe, 0x00])],
    ['nested too deep', 400, '['.repeat(1_000_000)],
  ])('that is %s is %i with a reason, and nothing of it comes back', async (_what, status, body) => {
    await using server = await hookServer(PAGER);
    const answer = await server.post('pager', body, AUTHORIZED);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ ok: false, because: [expect.stringMatching(/^[\x20-\x7e]{5,120}$/)] });
    expect(server.taken).toEqual([]);
  });

  test('of a hook of a new policy file is taken without a restart, and of one that is gone is not', async () => {
    await using server = await hookServer(PAGER);
    server.put({ other: { kind: 'grafana', auth: BEARER } });
    expect((await server.post('pager', FIRING, AUTHORIZED)).status).toBe(404);
    expect((await server.post('other', fixture('grafana.firing'), AUTHORIZED)).status).toBe(200);
    server.put({ other: { kind: 'grafana', auth: { kind: 'bearer', token: 'another-token-now' } } });
    expect((await server.post('other', fixture('grafana.firing'), AUTHORIZED)).status).toBe(401);
  });
});

describe('a stranger', () => {
  test.each([
    ['without a token', {}, 'there is no bearer token'],
    ['with a wrong token', { authorization: `Bearer ${TOKEN}x` }, 'the bearer token is wrong'],
  ])('%s gets 401 and a reason without a secret', async (_what, headers: Record<string, string>, because) => {
    await using server = await hookServer(PAGER);
    const answer = await server.post('pager', FIRING, headers);
    expect([answer.status, answer.json]).toEqual([401, { ok: false, because: [because] }]);
    expect(answer.text).not.toContain(TOKEN);
    expect(server.taken).toEqual([]);
  });

  test('is asked for user and password where a hook wants them, as SNS waits for', async () => {
    const auth = { kind: 'basic', username: 'sns', password: TOKEN };
    await using server = await hookServer({
      hooks: { topic: { kind: 'sns', topics: [TOPIC], rawDelivery: true, auth } },
    });
    const answer = await server.post('topic', '{}');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="appconfig-watchdog"']);
    const authorization = `Basic ${Buffer.from(`sns:${TOKEN}`).toString('base64')}`;
    const headers = { authorization, 'x-amz-sns-topic-arn': TOPIC, 'x-amz-sns-rawdelivery': 'true' };
    expect((await server.post('topic', fixture('queue.alarm'), headers)).status).toBe(200);
  });

  test('makes no label by asking for hooks that are not there', async () => {
    await using server = await hookServer(PAGER);
    for (const name of ['x', '__proto__', 'constructor', 'toString', '%00', 'a"b', '..%2f..']) {
      expect((await server.post(name, FIRING, AUTHORIZED)).status).toBe(404);
    }
    const counted = (await server.metrics.registry.metrics()).match(/^appconfig_watchdog_hook_messages_total\{.*$/gm);
    expect(counted).toEqual(['appconfig_watchdog_hook_messages_total{hook="(unknown)",outcome="unknown-hook"} 7']);
  });

  test('who sends too much is told only that, and locks out nobody who is known at the same address', async () => {
    await using server = await hookServer(PAGER);
    const statuses = [];
    for (let at = 0; at < 150; at++) statuses.push((await server.post('pager', 'junk')).status);
    expect(statuses.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 401));
    expect(statuses.at(-1)).toBe(429);
    expect((await server.post('pager', FIRING, AUTHORIZED)).status).toBe(200);
  });

  test('who claims to sign large bodies is read only so much of; small messages get through all the same', async () => {
    const hooks = { pd: { kind: 'pagerduty', secret: PAGERDUTY_SECRET } };
    await using server = await hookServer({ hooks });
    const large = 'x'.repeat(1_000_000);
    const junk = { 'x-pagerduty-signature': `v1=${'0'.repeat(64)}` };
    const sent = await Promise.all(
      Array.from({ length: 80 }, () => server.post('pd', large, junk).catch(() => undefined)),
    );
    const outcomes = server.reports.map(({ outcome }) => outcome);
    expect(sent).toHaveLength(80);
    expect(outcomes).toContain('not-authentic');
    expect(outcomes).toContain('limited');
    const body = fixture('pagerduty.triggered');
    const answer = await server.post('pd', body, { 'x-pagerduty-signature': pagerdutySignature(body) });
    expect(answer.status).toBe(200);
  });

  test('cannot reach a hook without authentication by a browser or from elsewhere', async () => {
    const hooks = { open: { kind: 'alertmanager', insecure: true } };
    await using server = await hookServer({ hooks });
    expect((await server.post('open', FIRING)).status).toBe(200);
    expect((await server.post('open', FIRING, { origin: 'https://evil.example' })).status).toBe(403);
    const asked = await ask(
      server.url,
      `POST /hooks/open HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 2\r\n\r\n{}`,
    );
    expect(asked).toMatch(/^HTTP\/1.1 403/);
  });
});

/** One request as bytes; what came back until the other side ended or half a second was quiet. */
async function ask(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let got = '';
  socket.on('data', (chunk) => {
    got += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(bytes);
  for (let before = -1; got === '' || before !== got.length; ) {
    before = got.length;
    await delay(150);
    if (socket.destroyed) break;
  }
  socket.destroy();
  return got;
}

describe('a body', () => {
  const limited: HookServerOptions = { hooks: { pager: { kind: 'alertmanager', auth: BEARER, bodyLimit: 2_000 } } };

  test('longer than the hook takes is 413, whether it says so or not', async () => {
    await using server = await hookServer(limited);
    const { status, json } = await server.post('pager', 'x'.repeat(3_000), AUTHORIZED);
    expect([status, json.because]).toEqual([413, ['a message has at most 2000 bytes here']]);
    const chunk = `${(3_000).toString(16)}\r\n${'x'.repeat(3_000)}\r\n`;
    const head = `POST /hooks/pager HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ntransfer-encoding: chunked\r\n\r\n`;
    expect(await ask(server.url, head + chunk.repeat(20))).toMatch(/^HTTP\/1.1 413/);
    expect(server.taken).toEqual([]);
  });

  test('in chunks is taken', async () => {
    await using server = await hookServer(PAGER);
    const chunks = [FIRING.slice(0, 100), FIRING.slice(100)].map(
      (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`,
    );
    const head = `POST /hooks/pager HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ntransfer-encoding: chunked\r\n\r\n`;
    expect(await ask(server.url, `${head}${chunks.join('')}0\r\n\r\n`)).toMatch(/^HTTP\/1.1 200/);
  });

  test('that is compressed is 415', async () => {
    await using server = await hookServer(PAGER);
    expect((await server.post('pager', FIRING, { ...AUTHORIZED, 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test('that never comes to its end is no message, and the server goes on', async () => {
    await using server = await hookServer(PAGER);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /hooks/pager HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 100\r\n\r\n{`,
    );
    await delay(100);
    socket.destroy();
    await delay(100);
    expect(server.reports).toEqual([]);
    expect((await server.post('pager', FIRING, AUTHORIZED)).status).toBe(200);
  });

  test('of other methods is not asked for', async () => {
    await using server = await hookServer(PAGER);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await fetch(`${server.url}/hooks/pager`, { method, headers: AUTHORIZED })).status).toBe(404);
    }
  });
});

describe('who is known', () => {
  test('is limited by the hook, and told when to come again', async () => {
    const clock = drivenClock(NOW);
    const hooks = { pager: { kind: 'alertmanager', auth: BEARER, rate: 2 } };
    await using server = await hookServer({ hooks, clock });
    const statuses = [];
    for (let at = 0; at < 22; at++) statuses.push((await server.post('pager', FIRING, AUTHORIZED)).status);
    // The store of ten seconds, and once more out of the rate for what was not said since that ran out.
    expect(statuses.filter((status) => status === 200)).toHaveLength(21);
    // Alertmanager sends again after 5xx, and gives up after 4xx.
    expect(statuses.at(-1)).toBe(503);
    // So does another message, once.
    const another = FIRING.replace('"firing"', ' "firing"');
    expect((await server.post('pager', another, AUTHORIZED)).status).toBe(200);
    expect((await server.post('pager', another, AUTHORIZED)).status).toBe(503);
    await clock.advance(1_000);
    expect((await server.post('pager', FIRING, AUTHORIZED)).status).toBe(200);
  });

  test('by a signature with a time is taken once, and again when it was not on record', async () => {
    const timestamp = { header: 'X-Time', separator: ':' };
    const auth = { kind: 'hmac', secret: TOKEN, header: 'X-Sig', timestamp };
    let works = false;
    const accept = async () => {
      if (!works) throw new Error('the journal is full');
    };
    await using server = await hookServer({ hooks: { g: { kind: 'grafana', auth } }, accept });
    const body = fixture('grafana.firing');
    const time = String(Math.floor(Date.now() / 1_000));
    const sig = createHmac('sha256', TOKEN).update(`${time}:${body}`).digest('hex');
    const headers = { 'x-time': time, 'x-sig': sig };
    expect((await server.post('g', body, headers)).status).toBe(503);
    works = true;
    expect((await server.post('g', body, headers)).json.outcome).toBe('taken');
    expect((await server.post('g', body, headers)).json.outcome).toBe('repeated');
    expect((await server.post('g', `${body} `, headers)).status).toBe(401);
    // The same hook after a reload still remembers.
    server.put({ g: { kind: 'grafana', auth } });
    expect((await server.post('g', body, headers)).json.outcome).toBe('repeated');
  });

  test('by PagerDuty’s signature: before a word of the body is read', async () => {
    await using server = await hookServer({
      hooks: { pd: { kind: 'pagerduty', secret: [PAGERDUTY_SECRET, `${TOKEN}2`] } },
    });
    const body = fixture('pagerduty.triggered');
    const two = `v1=${'0'.repeat(64)},${pagerdutySignature(body)}`;
    expect((await server.post('pd', body, { 'x-pagerduty-signature': two })).status).toBe(200);
    for (const header of ['', 'v1=', 'v0=x', pagerdutySignature(`${body} `), pagerdutySignature(body, TOKEN)]) {
      expect((await server.post('pd', body, { 'x-pagerduty-signature': header })).status).toBe(401);
      expect((await server.post('pd', '['.repeat(100_000), { 'x-pagerduty-signature': header })).status).toBe(401);
    }
    expect(server.taken).toHaveLength(1);
  });
});

test('who has to prove it twice is refused when one proof is missing, and may come again with both', async () => {
  const auth = { kind: 'hmac', secret: TOKEN, header: 'X-Sig', timestamp: { header: 'X-Time' } };
  await using server = await hookServer({ hooks: { pd: { kind: 'pagerduty', secret: PAGERDUTY_SECRET, auth } } });
  const body = fixture('pagerduty.triggered');
  const time = String(Math.floor(Date.now() / 1_000));
  const own = { 'x-time': time, 'x-sig': createHmac('sha256', TOKEN).update(`${time}.${body}`).digest('hex') };
  const theirs = { 'x-pagerduty-signature': pagerdutySignature(body) };
  expect((await server.post('pd', body, own)).status).toBe(401);
  expect((await server.post('pd', body, theirs)).status).toBe(401);
  expect((await server.post('pd', body, { ...own, ...theirs })).json.outcome).toBe('taken');
  expect((await server.post('pd', body, { ...own, ...theirs })).json.outcome).toBe('repeated');
});

describe('a topic of SNS', () => {
  let sns: Signer;
  beforeAll(() => {
    sns = signer();
  });
  const recent = { Timestamp: new Date().toISOString() };

  test('is known by its signature; what has none, or is not wanted, is 401 or 403', async () => {
    const access = { fetchCertificate: async () => sns.pem, confirmSubscription: async () => {} };
    await using server = await hookServer({ hooks: { topic: { kind: 'sns', topics: [TOPIC] } }, sns: access });
    const envelope = signed(sns, notification(fixture('queue.alarm'), recent), '2');
    const headers = { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' };
    expect((await server.post('topic', JSON.stringify(envelope), headers)).status).toBe(200);
    expect((await server.post('topic', JSON.stringify({ ...envelope, Message: '{}' }), headers)).status).toBe(401);
    const other = signed(sns, notification('{}', { ...recent, TopicArn: `${TOPIC}2` }));
    expect((await server.post('topic', JSON.stringify(other), headers)).status).toBe(403);
    expect(server.taken).toHaveLength(1);
  });

  test('whose certificate cannot be had now is told to come again', async () => {
    const access = {
      fetchCertificate: async () => Promise.reject(new Error('no route')),
      confirmSubscription: async () => {},
    };
    await using server = await hookServer({ hooks: { topic: { kind: 'sns', topics: [TOPIC] } }, sns: access });
    const envelope = JSON.stringify(signed(sns, notification(fixture('queue.alarm'), recent)));
    const { status, text } = await server.post('topic', envelope);
    expect(status).toBe(503);
    expect(text).not.toContain('route');
  });
});
