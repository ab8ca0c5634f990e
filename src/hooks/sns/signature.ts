/** Whether SNS signed an envelope: version 1 by SHA-1, version 2 by SHA-256, over its fields in the order of their names. */
import { verify as verifySignature } from 'node:crypto';
import type { Instant } from '../../core/time.ts';
import { notAuthentic } from '../reading/refusal.ts';
import type { Certificates } from './certificates.ts';
import type { Envelope } from './envelope.ts';
import { certificateUrl } from './hosts.ts';

const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['1', 'RSA-SHA1'],
  ['2', 'RSA-SHA256'],
]);
const LONGEST_SIGNATURE = 2_048;

/** `Key\nValue\n` for each field that is signed. */
function signedText(envelope: Envelope): string {
  const { message, messageId, subject, subscribeUrl, timestamp, token, topic, type } = envelope;
  const ids = [
    ['Message', message],
    ['MessageId', messageId],
  ];
  const rest = [
    ['Timestamp', timestamp],
    ...(type === 'Notification' ? [] : [['Token', token]]),
    ['TopicArn', topic],
    ['Type', type],
  ];
  const own = type === 'Notification' ? [['Subject', subject]] : [['SubscribeURL', subscribeUrl]];
  return [...ids, ...own, ...rest]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');
}

/** Throws FailureError `auth` unless it did; others when the certificate cannot be had. */
export async function checkSignature(
  envelope: Envelope,
  certificates: Certificates,
  now: Instant,
  signal: AbortSignal,
): Promise<void> {
  const { signature } = envelope;
  if (signature === undefined) throw notAuthentic('the message is not signed');
  const algorithm = ALGORITHMS.get(signature.version);
  if (algorithm === undefined) throw notAuthentic('SignatureVersion is neither 1 nor 2');
  if (signature.value.length > LONGEST_SIGNATURE) throw notAuthentic('the signature is too long');
  const url = certificateUrl(signature.certificate);
  const { publicKey } = await certificates.at(url, now, signal);
  if (publicKey.asymmetricKeyType !== 'rsa') throw notAuthentic('the certificate of the signature has no RSA key');
  const bytes = Buffer.from(signature.value, 'base64');
  if (!verifySignature(algorithm, Buffer.from(signedText(envelope)), publicKey, bytes)) {
    throw notAuthentic('the signature does not fit the message');
  }
}
