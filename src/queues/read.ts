/** What a message of a queue says: an envelope of SNS, an event, an alarm or one of AppConfig's own messages. */
import type { Delivery } from '../core/alert.ts';
import type { Instant } from '../core/time.ts';
import { readAws } from '../hooks/reading/aws.ts';
import type { Origin } from '../hooks/reading/deployment-event.ts';
import { delivery, objectOf } from '../hooks/reading/fields.ts';
import { jsonOf } from '../hooks/reading/json.ts';
import { rejected } from '../hooks/reading/refusal.ts';
import type { Certificates } from '../hooks/sns/certificates.ts';
import { isEnvelope } from '../hooks/sns/envelope.ts';
import { openFromQueue } from '../hooks/sns/index.ts';

export interface QueueReading {
  /** Without them signatures are not looked at: the policy of the queue says who may write to it. */
  readonly certificates: Certificates | undefined;
  /** Without it any topic that the policy of the queue lets in. */
  readonly topics: readonly string[] | undefined;
  /** For messages that do not say it themselves. */
  readonly origin: Origin;
}

/** Throws FailureError for what cannot be read or is not wanted. */
export async function readQueued(
  body: string,
  { certificates, topics, origin }: QueueReading,
  arrival: Instant,
  signal: AbortSignal,
): Promise<Delivery> {
  const json = jsonOf(body);
  const outer = objectOf(json);
  if (outer === undefined || !isEnvelope(outer)) return readAws(json, arrival, origin);
  const { envelope, topic } = await openFromQueue(outer, certificates, arrival, signal);
  if (topics !== undefined && !topics.includes(topic.arn)) throw rejected('the topic is not in the list of this queue');
  if (envelope.type !== 'Notification') return delivery([], 'a message of SNS about the subscription itself');
  return readAws(jsonOf(envelope.message), arrival, topic);
}
