/** Compares what was sent with what is right in a time that tells nothing of either. */
import { hash, timingSafeEqual } from 'node:crypto';

type Bytes = string | Uint8Array;

/** Of digests, which are of one length whatever was sent. */
export function same(sent: Bytes, right: Bytes): boolean {
  return timingSafeEqual(hash('sha256', sent, 'buffer'), hash('sha256', right, 'buffer'));
}

/** Whether any of these is any of those; every pair is looked at. */
export function anySame(sent: readonly Bytes[], right: readonly Bytes[]): boolean {
  const pairs = right.flatMap((one) => sent.map((other) => same(other, one)));
  return pairs.includes(true);
}
