/** Messages of SNS: signed by a certificate of the test's own, tampered with, and leading to hosts that are not SNS. */
import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../src/core/failure.ts';
import type { SnsAccess } from '../../src/hooks/sns/certificates.ts';
import { fixture, formatOf, messageOf, NOW, TOPIC } from './support/open.ts';
import {
  CERTIFICATE_URL,
  confirmation,
  type Envelope,
  notification,
  type Signer,
  signed,
  signer,
} from './support/sns.ts';

const { signal } = new AbortController();
const ALARM = fixture('queue.alarm');
let sns: Signer;
let stranger: Signer;
beforeAll(() => {
  [sns, stranger] = [signer(), signer()];
});

function world(pem = sns.pem) {
  const calls = { certificates: [] as string[], confirmations: [] as string[] };
  const access: SnsAccess = {
    fetchCertificate: async (url) => {
      calls.certificates.push(url.href);
      return pem;
    },
    confirmSubscription: async (url) => void calls.confirmations.push(url.href),
  };
  return { calls, access };
}

async function take(envelope: Envelope, given = world(), options = {}, receivedAt = NOW) {
  const format = formatOf('sns', options, given.access);
  const read = format.read(messageOf(JSON.stringify(envelope), {}, receivedAt), signal);
  return read.then(
    (delivery) => ({ delivery, failure: undefined }),
    (error: unknown) => ({ delivery: undefined, failure: failureOf(error) }),
  );
}

describe('a signed notification', () => {
  it.each(['1', '2'] as const)('of version %s is taken', async (version) => {
    const { delivery } = await take(signed(sns, notification(ALARM), version));
    expect(delivery?.alerts).toMatchObject([{ name: 'checkout-latency-high', state: 'firing' }]);
  });

  it('without a subject is taken as well', async () => {
    const { Subject: _, ...without } = notification(ALARM);
    expect((await take(signed(sns, without))).delivery?.alerts).toHaveLength(1);
  });

  it('with an event of AppConfig says where to look, by the topic where it does not say so itself', async () => {
    const { delivery } = await take(signed(sns, notification(fixture('queue.deployment-as-texts'))));
    expect(delivery?.deployments).toEqual([
      { applicationId: 'ba8toh7', environmentId: 'pgil2o7', number: 12, account: '111122223333', region: 'eu-west-1' },
    ]);
  });

  it('of an older time than SNS tries for is refused, as is one without a time', async () => {
    const old = signed(sns, notification(ALARM, { Timestamp: new Date(NOW - 3_700_000).toISOString() }));
    expect((await take(old)).failure).toMatchObject({ reason: 'auth' });
    expect((await take(signed(sns, notification(ALARM, { Timestamp: 'now' })))).failure?.reason).toBe('auth');
  });

  it.each(['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn'])('with another %s is refused', async (field) => {
    const other = field === 'Timestamp' ? new Date(NOW - 2_000).toISOString() : `${TOPIC}2`;
    const changed = { ...signed(sns, notification(ALARM)), [field]: other };
    const { failure } = await take(changed, world(), { topics: [TOPIC, `${TOPIC}2`] });
    expect(failure).toMatchObject({ reason: 'auth', message: 'the signature does not fit the message' });
  });

  it('by somebody else is refused', async () => {
    expect((await take(signed(stranger, notification(ALARM)))).failure?.reason).toBe('auth');
  });

  it.each([
    ['no signature', { Signature: undefined, SignatureVersion: undefined, SigningCertURL: undefined }],
    ['half a signature', { Signature: undefined }],
    ['version 3', { SignatureVersion: '3' }],
    ['version 2 of a signature of version 1', { SignatureVersion: '2' }],
    ['an empty signature', { Signature: '' }],
    ['a signature of a mebibyte', { Signature: 'A'.repeat(1_048_576) }],
    ['a signature that is no text', { Signature: { toString: 'x' } }],
  ])('with %s is refused', async (_what, change) => {
    const envelope = JSON.parse(JSON.stringify({ ...signed(sns, notification(ALARM)), ...change }));
    const { failure } = await take(envelope);
    expect(['auth', 'malformed']).toContain(failure?.reason);
  });

  it('of a topic that is not in the list is refused before anything is fetched', async () => {
    const given = world();
    const { failure } = await take(signed(sns, notification(ALARM, { TopicArn: `${TOPIC}-evil` })), given);
    expect(failure).toMatchObject({ reason: 'rejected' });
    expect(given.calls.certificates).toEqual([]);
  });

  it('whose certificate is over is refused', async () => {
    const over = signer('20260101000000Z');
    const { failure } = await take(signed(over, notification(ALARM)), world(over.pem));
    expect(failure).toMatchObject({ reason: 'auth', message: 'the certificate of the signature does not hold now' });
  });

  it('whose certificate is none is refused', async () => {
    const { failure } = await take(signed(sns, notification(ALARM)), world('<html>'));
    expect(failure).toMatchObject({ reason: 'auth', message: 'what lies at SigningCertURL is no certificate' });
  });

  it('that says nothing of alarms is malformed', async () => {
    expect((await take(signed(sns, notification('hello')))).failure?.reason).toBe('malformed');
    const deep = `${'['.repeat(100_000)}`;
    expect((await take(signed(sns, notification(deep)))).failure?.reason).toBe('malformed');
  });
});

const ELSEWHERE = [
  'http://sns.eu-west-1.amazonaws.com/S.pem',
  'https://sns.evil.com/S.pem',
  'https://sns.eu-west-1.amazonaws.com.evil.com/S.pem',
  'https://sns.eu-west-1.amazonaws.com@evil.com/S.pem',
  'https://evil.com#sns.eu-west-1.amazonaws.com/S.pem',
  'https://user@sns.eu-west-1.amazonaws.com/S.pem',
  'https://user:secret@sns.eu-west-1.amazonaws.com/S.pem',
  'https://sns.eu-west-1.amazonaws.com:8443/S.pem',
  'https://sns.eu-west-1.amazonaws.com/../S.pem?x=1',
  'https://sns.eu-west-1.amazonaws.com/a/b/S.pem',
  'https://sns.eu-west-1.amazonaws.com/%2e%2e%2fS.pem',
  'https://sns.eu-west-1.amazonaws.com/S.pem#fragment',
  'https://sns.eu-west-1.amazonaws.com/S.txt',
  'https://sns.eu-west-1.amazonaws.com\\@evil.com/S.pem',
  'https://evil.com\\sns.eu-west-1.amazonaws.com/S.pem',
  'https://snsXeu-west-1.amazonaws.com/S.pem',
  'https://s3.eu-west-1.amazonaws.com/sns.eu-west-1.amazonaws.com/S.pem',
  'https://sns.eu-west-1.amazonaws.com.cn.evil.com/S.pem',
  'https://sns.\u212au-west-1.amazonaws.com/S.pem',
  'https://169.254.169.254/S.pem',
  'file:///etc/S.pem',
  'data:text/plain,S.pem',
  'sns.eu-west-1.amazonaws.com/S.pem',
  `https://sns.eu-west-1.amazonaws.com/${'S'.repeat(10_000)}.pem`,
  '',
];

describe('a certificate', () => {
  it.each(ELSEWHERE)('is not fetched from %s', async (url) => {
    const given = world();
    const { failure } = await take(signed(sns, notification(ALARM, { SigningCertURL: url })), given);
    expect(failure?.reason).toBe('auth');
    expect(given.calls.certificates).toEqual([]);
  });

  it.each(['https://sns.cn-north-1.amazonaws.com.cn/S.pem', 'https://sns.us-gov-west-1.amazonaws.com/S-1.pem'])(
    'is fetched from %s',
    async (url) => {
      const given = world();
      await take(signed(sns, notification(ALARM, { SigningCertURL: url })), given);
      expect(given.calls.certificates).toEqual([url]);
    },
  );

  it('is fetched once for many messages, also at once', async () => {
    const given = world();
    const format = formatOf('sns', {}, given.access);
    const messages = Array.from({ length: 20 }, () => messageOf(JSON.stringify(signed(sns, notification(ALARM)))));
    await Promise.all(messages.map((message) => format.read(message, signal)));
    expect(given.calls.certificates).toEqual([CERTIFICATE_URL]);
  });

  it('of ever new addresses is not fetched more than twenty times a minute', async () => {
    const given = world('none');
    const format = formatOf('sns', {}, given.access);
    for (let at = 0; at < 100; at++) {
      const SigningCertURL = `https://sns.eu-west-1.amazonaws.com/S-${at}.pem`;
      const message = messageOf(JSON.stringify(signed(sns, notification(ALARM, { SigningCertURL }))));
      await format.read(message, signal).catch(() => {});
    }
    expect(given.calls.certificates).toHaveLength(20);
  });

  it('that cannot be had is a failure that may pass, is not asked for again at once, and is after a while', async () => {
    let up = false;
    let asked = 0;
    const access: SnsAccess = {
      ...world().access,
      fetchCertificate: async () => {
        asked++;
        if (up) return sns.pem;
        throw new Error('no route');
      },
    };
    const format = formatOf('sns', {}, access);
    const read = (at: number) =>
      format.read(messageOf(JSON.stringify(signed(sns, notification(ALARM))), {}, at), signal);
    await expect(read(NOW)).rejects.toThrow('no route');
    up = true;
    await expect(read(NOW + 1_000)).rejects.toThrow('no route');
    expect(asked).toBe(1);
    expect((await read(NOW + 31_000)).alerts).toHaveLength(1);
  });
});

describe('a subscription', () => {
  it('to a topic in the list is confirmed', async () => {
    const given = world();
    const envelope = signed(sns, confirmation());
    const { delivery } = await take(envelope, given);
    expect(given.calls.confirmations).toEqual([envelope.SubscribeURL]);
    expect(delivery).toMatchObject({ alerts: [], deployments: [], note: `the subscription to ${TOPIC} is confirmed` });
  });

  it.each<[string, Envelope]>([
    ['of another topic', { TopicArn: `${TOPIC}-evil` }],
    [
      'whose URL confirms another topic',
      { SubscribeURL: confirmation().SubscribeURL?.replace('alarms', 'evil') ?? '' },
    ],
    [
      'whose URL does something else',
      { SubscribeURL: confirmation().SubscribeURL?.replace('Confirm', 'Cancel') ?? '' },
    ],
    ['whose URL names two topics', { SubscribeURL: `${confirmation().SubscribeURL}&TopicArn=arn:evil` }],
    ['whose URL is missing', { SubscribeURL: '' }],
    ...ELSEWHERE.map((url): [string, { SubscribeURL: string }] => {
      const SubscribeURL = `${url.replace(/\/[^/]*$/, '')}/?${confirmation().SubscribeURL?.split('?')[1]}`;
      return [`at ${SubscribeURL.slice(0, 80)}`, { SubscribeURL }];
    }).filter(([, { SubscribeURL }]) => !SubscribeURL.startsWith('https://sns.eu-west-1.amazonaws.com/?')),
  ])('%s is not', async (_what, change) => {
    const given = world();
    const { failure } = await take(signed(sns, confirmation(change)), given);
    expect(failure?.reason).toBe('rejected');
    expect(given.calls.confirmations).toEqual([]);
  });

  it('that is not signed, or by somebody else, is not', async () => {
    for (const envelope of [confirmation(), signed(stranger, confirmation())]) {
      const given = world();
      expect((await take(envelope, given)).failure?.reason).toBe('auth');
      expect(given.calls.confirmations).toEqual([]);
    }
  });

  it('that was ended is only told', async () => {
    const given = world();
    const { delivery } = await take(signed(sns, confirmation({ Type: 'UnsubscribeConfirmation' })), given);
    expect(delivery?.note).toBe(`the subscription to ${TOPIC} was ended by somebody`);
    expect(given.calls.confirmations).toEqual([]);
  });
});

describe('raw delivery', () => {
  const raw = (options: object, headers: Record<string, string>) =>
    formatOf('sns', { ...options }).read(messageOf(ALARM, headers), signal);

  it('is taken where the hook has it, of a topic in the list', async () => {
    const { alerts } = await raw({ rawDelivery: true }, { 'x-amz-sns-topic-arn': TOPIC });
    expect(alerts).toHaveLength(1);
    await expect(raw({ rawDelivery: true }, { 'x-amz-sns-topic-arn': `${TOPIC}2` })).rejects.toThrow('not in the list');
    await expect(raw({ rawDelivery: true }, {})).rejects.toThrow('not in the list');
  });

  it('is not authentic where the hook has it not', async () => {
    const failure = await raw({}, { 'x-amz-sns-topic-arn': TOPIC }).catch(failureOf);
    expect(failure).toMatchObject({ reason: 'auth' });
  });
});
