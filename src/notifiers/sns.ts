/** Notifier `sns`: publishes to a topic of Amazon SNS. */
import type { PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { z } from 'zod';
import type { Notice } from '../core/notice.ts';
import { noticeJson } from '../lib/notice-json.ts';
import { bounded, keyWithin, noticeText } from '../lib/notice-text.ts';
import { once } from '../lib/once.ts';
import { roleSchema } from '../lib/schema.ts';
import { defineNotifier } from '../plugin.ts';

const TOPIC = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/;

const options = once(() =>
  z.strictObject({
    kind: z.literal('sns'),
    topicArn: z
      .string()
      .regex(TOPIC, 'expected the ARN of a topic, such as arn:aws:sns:eu-west-1:111122223333:oncall')
      .describe('Topic, by its ARN; one that ends in `.fifo` keeps the order of each deployment.'),
    role: roleSchema().exactOptional().describe("Role to publish as; without it the daemon's own credentials."),
    format: z
      .enum(['text', 'json'])
      .default('text')
      .describe('text: for people (email, SMS, chat); json: for programs, as config/notice.schema.json says.'),
  }),
);
type Options = z.output<ReturnType<typeof options>>;

/** Printable ASCII, no longer than 100, and no leading blank: what SNS takes for a subject. */
function subjectOf(title: string): string {
  const plain = title.replace(/[^\x20-\x7e]+/g, '?').trim();
  return plain.length <= 100 ? plain : `${plain.slice(0, 97).trimEnd()}...`;
}

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

function inputOf(notice: Notice, { topicArn, format }: Options): PublishCommandInput {
  const told = bounded(notice);
  const { kind, severity, subject, policies, thread, id } = told;
  return {
    TopicArn: topicArn,
    Subject: subjectOf(`[${severity}] ${told.title}`),
    Message: format === 'json' ? JSON.stringify(noticeJson(notice)) : noticeText(told),
    // What subscriptions filter by.
    MessageAttributes: {
      kind: text(kind),
      severity: text(severity),
      ...(policies.length === 0
        ? {}
        : { policies: { DataType: 'String.Array', StringValue: JSON.stringify(policies) } }),
      ...(subject === undefined ? {} : { target: text(subject.ref.target) }),
    },
    ...(topicArn.endsWith('.fifo') ? { MessageGroupId: fifoKey(thread), MessageDeduplicationId: fifoKey(id) } : {}),
  };
}

/** Up to 128 letters, digits and punctuation. */
const fifoKey = (key: string) =>
  keyWithin(
    key.replace(/[^\x21-\x7e]/g, (character) => `%${character.codePointAt(0)}`),
    128,
  );

export const sns = defineNotifier({
  kind: 'sns',
  description: 'Amazon SNS: a topic, and through it email, SMS, queues and functions.',
  options,
  incidents: false,
  open(wanted) {
    const region = TOPIC.exec(wanted.topicArn)?.[1] ?? '';
    const { role } = wanted;
    let client: SNSClient | undefined;
    return {
      async send(notice: Notice, signal: AbortSignal) {
        // Loaded when there is something to tell.
        const [{ SNSClient: Client, PublishCommand }, { publish, publisherConfig }] = await Promise.all([
          import('@aws-sdk/client-sns'),
          import('../aws/publishing.ts'),
        ]);
        client ??= new Client(publisherConfig({ region, ...(role === undefined ? {} : { role }) }));
        const command = new PublishCommand(inputOf(notice, wanted));
        const sender = client;
        await publish('Publish', () => sender.send(command, { abortSignal: signal }), signal);
      },
      close: () => client?.destroy(),
    };
  },
});
