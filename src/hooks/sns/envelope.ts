/** What SNS puts around a message. */
import type { JsonObject } from '../../core/json.ts';
import type { Instant } from '../../core/time.ts';
import { instantOf } from '../reading/fields.ts';
import { malformed } from '../reading/refusal.ts';

const TYPES = ['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation'] as const;
type EnvelopeType = (typeof TYPES)[number];

export interface Envelope {
  readonly type: EnvelopeType;
  readonly topic: string;
  readonly message: string;
  readonly messageId: string;
  /** As it was written, since that is what is signed. */
  readonly timestamp: string;
  readonly subject?: string;
  readonly token?: string;
  readonly subscribeUrl?: string;
  readonly signature?: Signature;
}

interface Signature {
  readonly version: string;
  readonly value: string;
  readonly certificate: string;
}

export interface Topic {
  readonly arn: string;
  readonly region: string;
  readonly account: string;
}

const TOPIC = /^arn:aws[a-z-]*:sns:([a-z0-9-]{1,40}):(\d{12}):[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/;

export function topicOf(arn: string): Topic | undefined {
  const [, region, account] = TOPIC.exec(arn) ?? [];
  return region === undefined || account === undefined ? undefined : { arn, region, account };
}

const isType = (text: unknown): text is EnvelopeType => TYPES.some((type) => type === text);

/** Whether a body has the shape of one, signed or not: with raw delivery there is none. */
export function isEnvelope(body: JsonObject): boolean {
  return isType(body.Type) && typeof body.TopicArn === 'string' && typeof body.MessageId === 'string';
}

function signatureOf(body: JsonObject): Signature | undefined {
  const { SignatureVersion: version, Signature: value, SigningCertURL: certificate } = body;
  if (version === undefined && value === undefined && certificate === undefined) return undefined;
  if (typeof version !== 'string' || typeof value !== 'string' || typeof certificate !== 'string') {
    throw malformed('the signature is not complete');
  }
  return { version, value, certificate };
}

/** Fields of their type, of any length: they are signed as they are. Throws FailureError `malformed`. */
export function envelopeOf(body: JsonObject): Envelope {
  const need = (name: string): string => {
    const value = body[name];
    if (typeof value !== 'string') throw malformed(`${name} is missing`);
    return value;
  };
  const maybe = (name: string) => (body[name] === undefined || body[name] === null ? undefined : need(name));
  const type = body.Type;
  if (!isType(type)) throw malformed('Type is none of SNS');
  const [subject, token, subscribeUrl] = [maybe('Subject'), maybe('Token'), maybe('SubscribeURL')];
  const signature = signatureOf(body);
  return {
    type,
    topic: need('TopicArn'),
    message: need('Message'),
    messageId: need('MessageId'),
    timestamp: need('Timestamp'),
    ...(subject === undefined ? {} : { subject }),
    ...(token === undefined ? {} : { token }),
    ...(subscribeUrl === undefined ? {} : { subscribeUrl }),
    ...(signature === undefined ? {} : { signature }),
  };
}

/** When it was published; undefined when that is no date. */
export function publishedAt({ timestamp }: Envelope, arrival: Instant): Instant | undefined {
  return instantOf(timestamp, arrival);
}
