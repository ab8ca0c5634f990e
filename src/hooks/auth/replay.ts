/** Signatures that were seen, for as long as their time would be accepted. */
import type { Duration, Instant } from '../../core/time.ts';
import type { Judgement } from './judgement.ts';

/** Only authentic messages come here, and they are limited in rate: far more than those within an hour. */
const MOST = 100_000;

interface Seen {
  readonly until: Instant;
  taken: boolean;
}

export interface ReplayMemory {
  claim(signature: string, now: Instant): Judgement;
}

/** A message may come `within` before its time and after it: it is remembered for both together. */
export function replayMemory(within: Duration, most = MOST): ReplayMemory {
  const seen = new Map<string, Seen>();
  const forget = (now: Instant) => {
    for (const [signature, { until, taken }] of seen) {
      // Over, or of a time that the clock was put back from.
      const gone = until <= now || until > now + 2 * within;
      // In the order they came; one that is being taken is not forgotten.
      if (!gone || !taken) return;
      seen.delete(signature);
    }
  };
  return {
    claim(signature, now) {
      forget(now);
      const before = seen.get(signature);
      if (before?.taken) return { kind: 'repeated' };
      if (before !== undefined) return { kind: 'busy', because: 'the same message is being taken right now' };
      if (seen.size >= most) return { kind: 'busy', because: 'too many messages within the window of their time' };
      const entry: Seen = { until: now + 2 * within, taken: false };
      seen.set(signature, entry);
      const settle = (taken: boolean) => {
        if (taken) entry.taken = true;
        else seen.delete(signature);
      };
      return { kind: 'proven', claim: { settle } };
    },
  };
}
