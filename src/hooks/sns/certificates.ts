/** Certificates SNS signs with: few, fetched once, and never more often than a genuine sender could need. */
import { X509Certificate } from 'node:crypto';
import { FailureError } from '../../core/failure.ts';
import type { Duration, Instant } from '../../core/time.ts';
import { notAuthentic } from '../reading/refusal.ts';

/** What a hook of SNS is given of the world: the only calls a message can lead to, each at an address that was checked. */
export interface SnsAccess {
  /** The PEM at an address of SNS. Throws FailureError. */
  fetchCertificate(url: URL, signal: AbortSignal): Promise<string>;
  /** Visits the address at which SNS confirms a subscription. Throws FailureError. */
  confirmSubscription(url: URL, signal: AbortSignal): Promise<void>;
}

export interface Certificates {
  /** A certificate that holds at this instant. Throws FailureError. */
  at(url: URL, now: Instant, signal: AbortSignal): Promise<X509Certificate>;
}

const KEPT: Duration = 24 * 3_600_000;
const FAILURE_KEPT: Duration = 30_000;
const MOST = 32;
/** Of addresses that were not asked before: SNS has one for each region, and changes it about once a year. */
const MOST_FETCHES = 20;
const PER: Duration = 60_000;

interface Held {
  readonly until: Instant;
  readonly certificate: Promise<X509Certificate>;
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    // What lies there is no certificate; it cannot have signed anything.
    throw notAuthentic('what lies at SigningCertURL is no certificate');
  }
}

export function certificates(fetch: SnsAccess['fetchCertificate']): Certificates {
  const held = new Map<string, Held>();
  let fetches: readonly Instant[] = [];

  function makeRoom(now: Instant): void {
    for (const [url, { until }] of held) if (until <= now) held.delete(url);
    const [oldest] = held.keys();
    if (held.size >= MOST && oldest !== undefined) held.delete(oldest);
  }

  function load(url: URL, now: Instant, signal: AbortSignal): Promise<X509Certificate> {
    fetches = fetches.filter((at) => at > now - PER && at <= now);
    if (fetches.length >= MOST_FETCHES) {
      const message = 'too many certificates were asked for within a minute';
      throw new FailureError({ reason: 'throttled', retryable: true, message });
    }
    fetches = [...fetches, now];
    makeRoom(now);
    const certificate = fetch(url, signal).then(parse);
    held.set(url.href, { until: now + KEPT, certificate });
    // A failure is remembered for a while as well: asking again at once would only repeat it.
    certificate.catch(() => {
      if (signal.aborted) held.delete(url.href);
      else held.set(url.href, { until: now + FAILURE_KEPT, certificate });
    });
    return certificate;
  }

  return {
    async at(url, now, signal) {
      const known = held.get(url.href);
      const fresh = known !== undefined && known.until > now && known.until <= now + KEPT;
      const certificate = await (fresh ? known.certificate : load(url, now, signal));
      if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime()) {
        throw notAuthentic('the certificate of the signature does not hold now');
      }
      return certificate;
    },
  };
}
