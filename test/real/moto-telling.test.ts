/** The notifiers of AWS against moto's SNS and EventBridge: what is published arrives in a queue, as documented. */
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { DETAIL_TYPE } from '../../src/notifiers/eventbridge.ts';
import { opened, valid } from '../contract/notifier-subjects.ts';
import { hostileNotice, noticeOf } from '../support/notices.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { describeWith, output } from './support/parts.ts';

const never = new AbortController().signal;
const REGION = 'eu-west-1';

describeWith('moto_server', output('moto_server', ['--help']) !== undefined)(
  "against moto's SNS and EventBridge",
  () => {
    let moto: Moto;
    let sqs: SQSClient;
    let sns: SNSClient;
    let events: EventBridgeClient;

    beforeAll(async () => {
      moto = await startMoto();
      const endpoint = moto.url;
      process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
      process.env.AWS_SECRET_ACCESS_KEY = 'not-a-secret';
      process.env.AWS_ENDPOINT_URL_SNS = endpoint;
      process.env.AWS_ENDPOINT_URL_EVENTBRIDGE = endpoint;
      const config = { region: REGION, endpoint };
      [sqs, sns, events] = [new SQSClient(config), new SNSClient(config), new EventBridgeClient(config)];
    }, 60_000);

    afterAll(async () => {
      for (const client of [sqs, sns, events]) client.destroy();
      await moto[Symbol.asyncDispose]();
    });

    /** A queue, and a way to take the next message out of it. */
    async function queue(name: string, attributes: Record<string, string> = {}) {
      const made = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
      const next = async () => {
        const wanted = { QueueUrl: made.QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 1 };
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(wanted));
        const body: unknown = JSON.parse(Messages[0]?.Body ?? 'null');
        return body;
      };
      return { arn: `arn:aws:sqs:${REGION}:123456789012:${name}`, next };
    }

    async function topic(name: string, fifo = false) {
      const suffix = fifo ? '.fifo' : '';
      const attributes = fifo ? { FifoQueue: 'true' } : {};
      const to = await queue(`${name}${suffix}`, attributes);
      const Attributes = fifo ? { FifoTopic: 'true' } : {};
      const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `${name}${suffix}`, Attributes }));
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: to.arn }));
      return { topicArn: TopicArn, next: to.next };
    }

    const published = z.looseObject({
      Subject: z.string(),
      Message: z.string(),
      MessageAttributes: z.record(z.string(), z.object({ Type: z.string(), Value: z.string() })),
    });

    test.each([false, true])(
      'a topic (first in, first out: %s) passes on text, subject and attributes',
      async (fifo) => {
        const { topicArn, next } = await topic('oncall', fifo);
        const { notifier } = opened('sns', { topicArn });
        const notice = noticeOf({ title: 'Prüfung 日本語: rolled back' });
        await notifier.send(notice, never);
        const got = published.parse(await next());
        expect(got.Subject).toBe('[warning] Pr?fung ?: rolled back');
        expect(got.Message).toContain('Prüfung 日本語: rolled back');
        expect(got.Message).toContain('errors 244.8, requests 6000');
        expect(got.MessageAttributes).toMatchObject({
          kind: { Type: 'String', Value: 'rolled-back' },
          severity: { Type: 'String', Value: 'warning' },
          policies: { Type: 'String.Array', Value: '["checkout-prod"]' },
          target: { Type: 'String', Value: 'main' },
        });
        await notifier.send(hostileNotice(), never);
        expect(published.parse(await next()).Subject).toMatch(/^[ -~]{1,100}$/);
        notifier.close?.();
      },
    );

    test('a topic passes on the JSON for programs', async () => {
      const { topicArn, next } = await topic('programs');
      const { notifier } = opened('sns', { topicArn, format: 'json' });
      await notifier.send(noticeOf(), never);
      const told: unknown = JSON.parse(published.parse(await next()).Message);
      valid.notice(told);
      expect(told).toMatchObject({ version: 1, kind: 'rolled-back', deployment: { deployment: 12, peak: 40 } });
      notifier.close?.();
    });

    test('a topic that is not there is said to be not there', async () => {
      const { notifier } = opened('sns', { topicArn: `arn:aws:sns:${REGION}:123456789012:nobody` });
      await expect(notifier.send(noticeOf(), never)).rejects.toMatchObject({
        failure: { reason: 'not-found', retryable: false },
      });
      notifier.close?.();
    });

    test('a bus has a rule find the event by the documented pattern', async () => {
      const to = await queue('events');
      const { EventBusArn = '' } = await events.send(new CreateEventBusCommand({ Name: 'watchdog' }));
      const pattern = {
        source: ['appconfig-watchdog'],
        'detail-type': [DETAIL_TYPE],
        detail: { kind: ['rolled-back'] },
      };
      const rule = { Name: 'rollbacks', EventBusName: 'watchdog', EventPattern: JSON.stringify(pattern) };
      await events.send(new PutRuleCommand(rule));
      const target = { Rule: 'rollbacks', EventBusName: 'watchdog', Targets: [{ Id: 'queue', Arn: to.arn }] };
      await events.send(new PutTargetsCommand(target));
      const { notifier } = opened('eventbridge', { busArn: EventBusArn });
      await notifier.send(noticeOf({ kind: 'breach-seen' }), never);
      await notifier.send(noticeOf(), never);
      const got = z
        .looseObject({ source: z.string(), detail: z.record(z.string(), z.unknown()) })
        .parse(await to.next());
      valid.notice(got.detail);
      expect(got.detail).toMatchObject({ kind: 'rolled-back', thread: 'deployment/main/app1234/env1234/12' });
      expect(await to.next()).toBeNull();
      notifier.close?.();
    }, 30_000);
  },
);
