/** Hook format `sns`: alarms and AppConfig's events by an SNS topic that is subscribed to this hook. */
import { z } from 'zod';
import type { Delivery } from '../../core/alert.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Message } from '../../core/seams.ts';
import { once } from '../../lib/once.ts';
import { durationSchema } from '../../lib/schema.ts';
import { defineHook } from '../../plugin.ts';
import { readAws } from '../reading/aws.ts';
import { delivery, objectOf } from '../reading/fields.ts';
import { jsonOf } from '../reading/json.ts';
import { malformed, notAuthentic, rejected } from '../reading/refusal.ts';
import { type Certificates, certificates, type SnsAccess } from './certificates.ts';
import { type Envelope, envelopeOf, isEnvelope, publishedAt, type Topic, topicOf } from './envelope.ts';
import { confirmationUrl } from './hosts.ts';
import { checkSignature } from './signature.ts';

export const topicsSchema = once(() =>
  z
    .array(
      z
        .string()
        .refine(
          (arn) => topicOf(arn) !== undefined,
          'expected the ARN of a topic, such as arn:aws:sns:eu-west-1:111122223333:alarms',
        ),
    )
    .min(1, 'expected at least one topic')
    .max(100),
);

const options = once(() =>
  z.strictObject({
    kind: z.literal('sns'),
    topics: topicsSchema().describe(
      'ARNs of the topics whose messages are taken and whose subscriptions are confirmed.',
    ),
    rawDelivery: z
      .boolean()
      .default(false)
      .describe(
        'Whether the subscription has raw message delivery. SNS does not sign those, so that `auth` is needed.',
      ),
    maxAge: durationSchema
      .prefault('1h')
      .refine((age) => age >= 60_000, 'expected a duration of at least 1m')
      .describe('How old a message may be: SNS tries for so long, and what is older may be a copy.'),
  }),
);

type Options = z.output<ReturnType<typeof options>>;

function allowed(arn: string, { topics }: Options): Topic {
  const topic = topicOf(arn);
  if (topic === undefined || !topics.includes(arn)) throw rejected('the topic is not in the list of this hook');
  return topic;
}

/** The envelope of a message, signed by SNS, of a topic that is wanted. The cheap questions come first. */
async function opened(body: JsonObject, given: Options, held: Certificates, message: Message, signal: AbortSignal) {
  const envelope = envelopeOf(body);
  if (envelope.signature === undefined) throw notAuthentic('the message is not signed');
  const topic = allowed(envelope.topic, given);
  const published = publishedAt(envelope, message.receivedAt);
  if (published === undefined || published < message.receivedAt - given.maxAge) {
    throw notAuthentic('the message is too old, or has no date');
  }
  await checkSignature(envelope, held, message.receivedAt, signal);
  return { envelope, topic };
}

async function confirm(envelope: Envelope, topic: Topic, access: SnsAccess, signal: AbortSignal): Promise<Delivery> {
  await access.confirmSubscription(confirmationUrl(envelope.subscribeUrl ?? '', topic.arn), signal);
  return delivery([], `the subscription to ${topic.arn} is confirmed`);
}

/** A body without an envelope; the topic is in a header, which whoever passed `auth` may write. */
function readRaw({ json, headers, receivedAt }: Message, given: Options): Delivery {
  const topic = allowed(headers['x-amz-sns-topic-arn'] ?? '', given);
  return readAws(json, receivedAt, topic);
}

export const sns = defineHook({
  kind: 'sns',
  description: 'An SNS topic: CloudWatch alarms and AppConfig’s events, their signature checked.',
  options,
  authenticates: ({ rawDelivery }) => !rawDelivery,
  open(given, access: SnsAccess) {
    const held = certificates(access.fetchCertificate);
    return {
      async read(message, signal) {
        const body = objectOf(message.json);
        if (body === undefined || !isEnvelope(body)) {
          if (given.rawDelivery) return readRaw(message, given);
          throw body === undefined
            ? malformed('the body is no message of SNS')
            : notAuthentic('the message is not signed');
        }
        const { envelope, topic } = await opened(body, given, held, message, signal);
        if (envelope.type === 'SubscriptionConfirmation') return confirm(envelope, topic, access, signal);
        if (envelope.type === 'UnsubscribeConfirmation') {
          return delivery([], `the subscription to ${topic.arn} was ended by somebody`);
        }
        return readAws(jsonOf(envelope.message), message.receivedAt, topic);
      },
    };
  },
});

/** For messages out of a queue, which says by itself who may write to it: the signature is checked where there is one. */
export async function openFromQueue(
  body: JsonObject,
  held: Certificates | undefined,
  now: number,
  signal: AbortSignal,
): Promise<{ readonly envelope: Envelope; readonly topic: Topic }> {
  const envelope = envelopeOf(body);
  const topic = topicOf(envelope.topic);
  if (topic === undefined) throw malformed('TopicArn is no topic');
  if (envelope.signature !== undefined && held !== undefined) await checkSignature(envelope, held, now, signal);
  return { envelope, topic };
}
