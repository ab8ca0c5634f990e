/** Who may send: each way of knowing a sender, what is almost right, copies, and whatever a header may hold. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { same } from '../../src/hooks/auth/compare.ts';
import { authenticator } from '../../src/hooks/auth/index.ts';
import { authSchema } from '../../src/hooks/auth/options.ts';
import { replayMemory } from '../../src/hooks/auth/replay.ts';
import { NOW } from './support/open.ts';

const SECRET = 'a-secret-of-this-test';
const NEXT = 'the-secret-that-replaces-it';
const BODY = Buffer.from('{"state":"firing"}');
const SECONDS = String(NOW / 1_000);

const open = (options: object) => authenticator(authSchema().parse(options));

/** By headers and body, as a hook asks. */
function judge(auth: ReturnType<typeof open>, headers: Record<string, string>, raw: Uint8Array = BODY, now = NOW) {
  return auth.headers(headers, now) ?? auth.body(raw, headers, now);
}

const mac = (text: string | Buffer, { secret = SECRET, algorithm = 'sha256', encoding = 'hex' as const } = {}) =>
  createHmac(algorithm, secret).update(text).digest(encoding);

describe('bearer, basic and api-key', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const cases = [
    [{ kind: 'bearer', token: [SECRET, NEXT] }, { authorization: `Bearer ${SECRET}` }],
    [{ kind: 'bearer', token: [SECRET, NEXT] }, { authorization: `bEARER  ${NEXT}` }],
    [{ kind: 'basic', username: 'sns', password: SECRET }, { authorization: basic(`sns:${SECRET}`) }],
    [{ kind: 'api-key', header: 'X-Api-Key', value: SECRET }, { 'x-api-key': SECRET }],
  ] as const;

  it.each(cases)('%j is proven by %j, without the body', (options, headers) => {
    expect(open(options).headers(headers, NOW)).toEqual({ kind: 'proven' });
  });

  it.each([
    [{ kind: 'bearer', token: SECRET }, {}],
    [{ kind: 'bearer', token: SECRET }, { authorization: SECRET }],
    [{ kind: 'bearer', token: SECRET }, { authorization: `Bearer ${SECRET}x` }],
    [{ kind: 'bearer', token: SECRET }, { authorization: `Bearer ${SECRET.slice(1)}` }],
    [{ kind: 'bearer', token: SECRET }, { authorization: `Bearer ${SECRET} ${SECRET}` }],
    [{ kind: 'bearer', token: SECRET }, { authorization: `Bearer wrong, Bearer ${SECRET}` }],
    [{ kind: 'bearer', token: SECRET }, { authorization: `Basic ${SECRET}` }],
    [{ kind: 'basic', username: 'sns', password: SECRET }, { authorization: basic(`SNS:${SECRET}`) }],
    [{ kind: 'basic', username: 'sns', password: SECRET }, { authorization: basic(`sns:${SECRET}:`) }],
    [{ kind: 'basic', username: 'sns', password: SECRET }, { authorization: basic('sns') }],
    [{ kind: 'basic', username: 'sns', password: SECRET }, { authorization: 'Basic %%%' }],
    [{ kind: 'api-key', header: 'X-Api-Key', value: SECRET }, { 'x-api-key': '' }],
    [{ kind: 'api-key', header: 'X-Api-Key', value: SECRET }, { 'X-Api-Key': SECRET }],
    [{ kind: 'api-key', header: 'X-Api-Key', value: SECRET }, { 'x-api-key': `${SECRET}, ${SECRET}` }],
  ])('%j refuses %j, without a secret in its words', (options, headers) => {
    const judgement = judge(open(options), headers);
    expect(judgement.kind).toBe('refused');
    expect(JSON.stringify(judgement)).not.toContain(SECRET);
  });
});

describe('hmac', () => {
  const plain = { kind: 'hmac', secret: SECRET, header: 'X-Signature' };

  it.each([
    [plain, { 'x-signature': mac(BODY) }],
    [plain, { 'x-signature': mac(BODY).toUpperCase() }],
    [{ ...plain, secret: [NEXT, SECRET] }, { 'x-signature': mac(BODY) }],
    [{ ...plain, algorithm: 'sha1' }, { 'x-signature': mac(BODY, { algorithm: 'sha1' }) }],
    [{ ...plain, algorithm: 'sha512' }, { 'x-signature': mac(BODY, { algorithm: 'sha512' }) }],
    [
      { ...plain, encoding: 'base64', prefix: 'sha256=' },
      { 'x-signature': `sha256=${createHmac('sha256', SECRET).update(BODY).digest('base64')}` },
    ],
  ])('%j is proven by %j', (options, headers) => expect(judge(open(options), headers).kind).toBe('proven'));

  it.each([
    [{}],
    [{ 'x-signature': '' }],
    [{ 'x-signature': mac(BODY, { secret: NEXT }) }],
    [{ 'x-signature': mac('another body') }],
    [{ 'x-signature': `${mac(BODY)}00` }],
    [{ 'x-signature': mac(BODY).slice(2) }],
    [{ 'x-signature': `sha256=${mac(BODY)}` }],
    [{ 'x-signature': `${mac(BODY)}, ${mac(BODY)}` }],
    [{ 'x-signature': 'zz' }],
    [{ 'x-signature': '0'.repeat(100_000) }],
  ])('refuses %j', (headers) => expect(judge(open(plain), headers).kind).toBe('refused'));

  it('says before the body is read when there is nothing that could fit', () => {
    expect(open(plain).headers({}, NOW)?.kind).toBe('refused');
    expect(open(plain).headers({ 'x-signature': 'no hex' }, NOW)?.kind).toBe('refused');
    expect(open(plain).headers({ 'x-signature': mac('anything') }, NOW)).toBeUndefined();
  });

  it('takes the same message again where no time is signed: it may be a state that came back', () => {
    const auth = open(plain);
    for (let at = 0; at < 3; at++) {
      const judgement = judge(auth, { 'x-signature': mac(BODY) });
      if (judgement.kind !== 'proven') throw new Error('it was refused');
      judgement.claim?.settle(true);
    }
  });
});

describe('hmac with a time', () => {
  const timed = { kind: 'hmac', secret: SECRET, header: 'X-Sig', timestamp: { header: 'X-Time', separator: ':' } };
  const pairs = { kind: 'hmac', secret: SECRET, header: 'X-Sig', form: 'pairs', timestamp: {} };
  const withTime = (time: string) => ({ 'x-time': time, 'x-sig': mac(`${time}:${BODY}`) });
  const inPairs = (time: string) => ({ 'x-sig': `t=${time},v1=${mac('old')},v1=${mac(`${time}.${BODY}`)}` });

  it.each([
    [timed, withTime(SECONDS)],
    [timed, withTime(String(NOW))],
    [timed, withTime(new Date(NOW).toISOString())],
    [timed, withTime(String(NOW / 1_000 - 300))],
    [timed, withTime(String(NOW / 1_000 + 300))],
    [pairs, inPairs(SECONDS)],
  ])('%j is proven by %j', (options, headers) => expect(judge(open(options), headers).kind).toBe('proven'));

  it.each([
    [timed, { 'x-sig': mac(BODY), 'x-time': SECONDS }],
    [timed, { 'x-sig': mac(`${SECONDS}:${BODY}`) }],
    [timed, { ...withTime(SECONDS), 'x-time': String(NOW / 1_000 + 1) }],
    [timed, withTime(String(NOW / 1_000 - 301))],
    [timed, withTime(String(NOW / 1_000 + 301))],
    [timed, withTime('')],
    [timed, withTime('soon')],
    [timed, withTime(`${SECONDS}, ${SECONDS}`)],
    [timed, withTime('9'.repeat(30))],
    [pairs, { 'x-sig': `v1=${mac(`.${BODY}`)}` }],
    [pairs, { 'x-sig': `t=${SECONDS}` }],
    [pairs, { 'x-sig': `t=${SECONDS},v0=${mac(`${SECONDS}.${BODY}`)}` }],
    [pairs, { 'x-sig': `t=${SECONDS},${Array.from({ length: 9 }, () => `v1=${mac(`${SECONDS}.${BODY}`)}`)}` }],
  ])('%j refuses %j', (options, headers) => expect(judge(open(options), headers).kind).toBe('refused'));

  it('takes each message once, however its signature is written, and lets one come again that was not taken', () => {
    const auth = open(pairs);
    const first = judge(auth, inPairs(SECONDS));
    if (first.kind !== 'proven') throw new Error('it was refused');
    expect(judge(auth, inPairs(SECONDS)).kind).toBe('busy');
    first.claim?.settle(false);
    const second = judge(auth, inPairs(SECONDS));
    if (second.kind !== 'proven') throw new Error('it was refused');
    second.claim?.settle(true);
    const upper = { 'x-sig': `t=${SECONDS},v1=${mac(`${SECONDS}.${BODY}`).toUpperCase()}` };
    expect(judge(auth, upper).kind).toBe('repeated');
    expect(judge(auth, inPairs(SECONDS), BODY, NOW + 300_000).kind).toBe('repeated');
    expect(judge(auth, inPairs(SECONDS), BODY, NOW + 300_001).kind).toBe('refused');
    expect(judge(auth, inPairs(String(NOW / 1_000 + 1))).kind).toBe('proven');
  });

  it('remembers a message of the future until its time is over', () => {
    const auth = open(timed);
    const early = withTime(String(NOW / 1_000 + 300));
    const first = judge(auth, early);
    if (first.kind !== 'proven') throw new Error('it was refused');
    first.claim?.settle(true);
    for (const later of [1, 300_000, 599_000]) expect(judge(auth, early, BODY, NOW + later).kind).toBe('repeated');
    expect(judge(auth, early, BODY, NOW + 600_001).kind).toBe('refused');
  });
});

describe('what is remembered', () => {
  it('is forgotten when its time is over, and bounded', () => {
    const memory = replayMemory(1_000, 3);
    const claim = (signature: string, now: number) => {
      const judgement = memory.claim(signature, now);
      if (judgement.kind === 'proven') judgement.claim?.settle(true);
      return judgement.kind;
    };
    expect(['a', 'b', 'c', 'd', 'a'].map((one) => claim(one, 0))).toEqual([
      'proven',
      'proven',
      'proven',
      'busy',
      'repeated',
    ]);
    expect(['d', 'a'].map((one) => claim(one, 2_000))).toEqual(['proven', 'proven']);
    // A clock that was put back by a day does not keep them for a day.
    expect(['e', 'f', 'g', 'h'].map((one) => claim(one, -86_400_000))).toEqual(['proven', 'proven', 'proven', 'busy']);
  });
});

describe('whatever a header may hold', () => {
  const anyHeader = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ maxLength: 100 }).map((text) => `Bearer ${text}`),
    fc.string({ maxLength: 100 }).map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
    fc
      .tuple(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef') }))
      .map(([time, hex]) => `t=${time},v1=${hex},v1=`),
  );
  const options = [
    { kind: 'bearer', token: SECRET },
    { kind: 'basic', username: 'u', password: SECRET },
    { kind: 'api-key', header: 'Authorization', value: SECRET },
    { kind: 'hmac', secret: SECRET, header: 'Authorization' },
    { kind: 'hmac', secret: SECRET, header: 'Authorization', encoding: 'base64', prefix: 'x' },
    { kind: 'hmac', secret: SECRET, header: 'Authorization', form: 'pairs', timestamp: {} },
    { kind: 'hmac', secret: SECRET, header: 'Authorization', timestamp: { header: 'X-Time' } },
  ];

  it.each(options)('%j refuses it and never throws', (given) => {
    const auth = open(given);
    fc.assert(
      fc.property(anyHeader, anyHeader, fc.uint8Array({ maxLength: 100 }), (authorization, time, raw) => {
        expect(judge(auth, { authorization, 'x-time': time }, raw).kind).toBe('refused');
      }),
    );
  });

  it('is compared by what it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(same(one, other)).toBe(one === other);
        expect(same(one, Buffer.from(one))).toBe(true);
      }),
    );
  });
});
