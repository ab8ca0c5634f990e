/** Hooks and queues against moto's SNS and SQS: what is published arrives, signed, and goes from the queue when it is on record. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTopicCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Delivery } from '../../src/core/alert.ts';
import type { SnsAccess } from '../../src/hooks/sns/certificates.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { QueueReport, SetAside } from '../../src/queues/queue.ts';
import { queueFindings } from '../../src/service/live-queues.ts';
import { openQueues, type Queues } from '../../src/service/queues.ts';
import { fixture } from '../hooks/support/open.ts';
import { configWith, hookServer } from '../http/support/hook-server.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { describeWith, output } from './support/parts.ts';

const REGION = 'eu-west-1';
const ALARM = fixture('queue.alarm');

async function until(what: string, done: () => boolean | Promise<boolean>, within = 20_000): Promise<void> {
  for (const end = Date.now() + within; Date.now() < end; await delay(50)) if (await done()) return;
  throw new Error(`not within ${within} ms: ${what}`);
}

describeWith('moto_server', output('moto_server', ['--help']) !== undefined)("against moto's SNS and SQS", () => {
  let moto: Moto;
  let sns: SNSClient;
  let sqs: SQSClient;
  let access: SnsAccess;
  const fetched: string[] = [];
  const environment = { ...process.env };

  beforeAll(async () => {
    moto = await startMoto();
    const base = {
      region: REGION,
      endpoint: moto.url,
      credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'test' },
    };
    [sns, sqs] = [new SNSClient(base), new SQSClient(base)];
    access = {
      fetchCertificate: (url) => {
        fetched.push(url.href);
        return moto.get(url);
      },
      confirmSubscription: async () => {},
    };
    // The daemon is pointed elsewhere by the environment, as a person would do it.
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  }, 60_000);

  afterAll(async () => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    sns?.destroy();
    sqs?.destroy();
    await moto?.[Symbol.asyncDispose]();
  });

  let names = 0;
  let url = '';
  let queues: Queues;
  let taken: Delivery[];
  let aside: SetAside[];
  let reports: QueueReport[];
  let refuse: Error | undefined;

  beforeEach(async () => {
    const Attributes = { VisibilityTimeout: '1' };
    const made = await sqs.send(new CreateQueueCommand({ QueueName: `alarms-${names++}`, Attributes }));
    url = made.QueueUrl ?? '';
    [taken, aside, reports, refuse] = [[], [], [], undefined];
    queues = openQueues({
      clock: systemClock(),
      random: () => 0.5,
      sns: access,
      accept: async (queue, delivery) => {
        expect(queue).toBe('alarms');
        if (refuse !== undefined) throw refuse;
        taken.push(delivery);
      },
      onSetAside: async (message) => void aside.push(message),
      report: (report) => void reports.push(report),
    });
  });
  afterEach(() => queues.stop());

  const follow = (more = {}) =>
    queues.put(configWith({ queues: { alarms: { url, region: REGION, wait: '2s', ...more } } }));

  async function waiting(): Promise<number> {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...AttributeNames] }),
    );
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }
  const empty = async () => (await waiting()) === 0;
  const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));

  async function topicTo(Protocol: string, Endpoint: string, raw = false): Promise<string> {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `topic-${names++}` }));
    const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint }));
    const attribute = { AttributeName: 'RawMessageDelivery', AttributeValue: 'true' };
    if (raw) await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, ...attribute }));
    return TopicArn;
  }

  test('check --live reaches a queue without touching a message, and tells of one that is not there', async () => {
    await send(ALARM);
    const tried = async (address: string) => {
      const given = configWith({ queues: { alarms: { url: address, region: REGION } } }).queues;
      const [found] = await queueFindings(given, systemClock(), AbortSignal.timeout(10_000));
      return found;
    };
    expect(await tried(url)).toMatchObject({ check: 'queue alarms', result: 'ok' });
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '1' });
    const gone = await tried(`${url}-gone`);
    expect(gone?.result).toBe('fail');
    expect(gone?.detail).toMatch(/NonExistentQueue|does not exist/);
  });

  test.each([false, true])('an alarm published to a topic arrives by a queue, raw delivery %s', async (raw) => {
    const arn = `arn:aws:sqs:${REGION}:123456789012:${url.split('/').at(-1)}`;
    const TopicArn = await topicTo('sqs', arn, raw);
    follow();
    await sns.send(new PublishCommand({ TopicArn, Message: ALARM }));
    await until('the alarm is taken', () => taken.length === 1);
    expect(taken[0]?.alerts).toMatchObject([{ name: 'checkout-latency-high', state: 'firing' }]);
    await until('the queue is empty', empty);
    if (!raw) expect(fetched.some((one) => one.startsWith(`https://sns.${REGION}.amazonaws.com/`))).toBe(true);
    expect(reports).toMatchObject([{ kind: 'message', outcome: 'taken' }]);
  });

  test('events of EventBridge and messages of AppConfig arrive as well, many at once', async () => {
    const bodies = [
      'eventbridge.alarm',
      'eventbridge.deployment-start',
      'queue.deployment-as-texts',
      'queue.composite-alarm-ok',
    ];
    for (let at = 0; at < 6; at++) await Promise.all(bodies.map((name) => send(fixture(name))));
    follow();
    await until('all are taken', () => taken.length === 24);
    await until('the queue is empty', empty);
    const hints = taken.flatMap(({ deployments }) => deployments);
    expect(new Set(hints.map(({ region, account }) => `${region} ${account}`))).toEqual(
      new Set([`${REGION} 111122223333`, `${REGION} 123456789012`]),
    );
  });

  test('what is not on record stays in the queue, and goes when it is', async () => {
    refuse = new Error('not now');
    await send(ALARM);
    follow();
    await until('it is refused', () => reports.length > 0);
    expect(await waiting()).toBe(1);
    refuse = undefined;
    await until('it is taken', () => taken.length === 1);
    await until('the queue is empty', empty);
    expect(aside).toEqual([]);
  });

  test('what can never be read is set aside after five times, and told with its beginning', async () => {
    await send(`poison \u2028 ${'x'.repeat(10_000)}`);
    follow();
    await until('it is set aside', () => aside.length === 1);
    await until('the queue is empty', empty);
    const [one] = aside;
    expect(one).toMatchObject({
      queue: 'alarms',
      reason: expect.stringMatching(/^refused [56] times: the message is not JSON/),
    });
    expect(one?.body).toMatch(/^poison \\u2028 x+… \(\d+ characters\)$/);
    expect(one?.body.length).toBeLessThan(4_200);
    const outcomes = reports.map((report) => (report.kind === 'message' ? report.outcome : report.kind));
    expect(outcomes).toEqual(['refused', 'refused', 'refused', 'refused', 'set-aside']);
  });

  test('a queue that is not there is told once, and the end does not wait', async () => {
    queues.put(configWith({ queues: { alarms: { url: `${url}-gone`, region: REGION } } }));
    await until('it is told', () => reports.length > 0);
    await delay(1_500);
    expect(reports).toMatchObject([{ kind: 'unreachable', queue: 'alarms' }]);
    const started = performance.now();
    await queues.stop();
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('a poll that waits ends at once, and a reload that changes nothing leaves it alone', async () => {
    follow({ wait: '20s' });
    await delay(500);
    follow({ wait: '20s' });
    await send(ALARM);
    await until('it is taken', () => taken.length === 1, 5_000);
    const started = performance.now();
    await queues.stop();
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('an alarm published to a topic arrives at a hook by HTTP, signed by moto', async () => {
    const hooks = (topics: readonly string[]) => ({ topic: { kind: 'sns', topics } });
    await using server = await hookServer({ hooks: hooks([`arn:aws:sns:${REGION}:123456789012:later`]), sns: access });
    const TopicArn = await topicTo('http', `${server.url}/hooks/topic`);
    await sns.send(new PublishCommand({ TopicArn, Message: ALARM }));
    expect(server.reports).toMatchObject([{ hook: 'topic', outcome: 'not-wanted' }]);
    server.put(hooks([TopicArn]));
    await sns.send(new PublishCommand({ TopicArn, Message: ALARM }));
    expect(server.taken).toMatchObject([{ hook: 'topic', delivery: { alerts: [{ state: 'firing' }] } }]);
  });
});
