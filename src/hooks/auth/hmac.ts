/** A signature over the raw body, and over its time where the sender signs that. */
import { createHmac } from 'node:crypto';
import type { Instant } from '../../core/time.ts';
import { same } from './compare.ts';
import { type Headers, type Judgement, PROVEN, refused } from './judgement.ts';
import type { HmacOptions } from './options.ts';
import { replayMemory } from './replay.ts';

/** What the headers say: signatures as bytes, and the time as it was written, since that is what is signed. */
interface Claimed {
  readonly signatures: readonly Uint8Array[];
  readonly time: string | undefined;
}

/** A sender that changes its key signs with both. */
const MOST_SIGNATURES = 8;
const LONGEST_HEADER = 4_096;

/** Bytes of a signature; undefined when it is not written as it should be. */
function decoded(text: string, { encoding, prefix }: HmacOptions): Uint8Array | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const rest = text.slice(prefix.length);
  const shape = encoding === 'hex' ? /^(?:[0-9a-fA-F]{2})+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
  return shape.test(rest) ? Buffer.from(rest, encoding) : undefined;
}

function pairsOf(header: string): readonly (readonly [string, string])[] {
  return header.split(',').map((part) => {
    const at = part.indexOf('=');
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
  });
}

/** What the headers claim; undefined when they claim nothing that could be right. */
function claimed(options: HmacOptions, headers: Headers): Claimed | undefined {
  const header = headers[options.header];
  if (header === undefined || header.length > LONGEST_HEADER) return undefined;
  const pairs = options.form === 'pairs' ? pairsOf(header) : [['v1', header.trim()] as const];
  const signatures = pairs
    .flatMap(([name, text]) => (name === 'v1' ? [decoded(text, options)] : []))
    .filter((bytes) => bytes !== undefined);
  const fromHeader = options.timestamp?.header === undefined ? undefined : headers[options.timestamp.header];
  const time = fromHeader ?? pairs.find(([name]) => name === 't')?.[1];
  if (signatures.length === 0 || signatures.length > MOST_SIGNATURES) return undefined;
  if (options.timestamp !== undefined && time === undefined) return undefined;
  return { signatures, time };
}

/** Seconds or milliseconds since 1970, or ISO 8601. */
function instantOf(time: string): Instant {
  if (/^\d{9,10}$/.test(time)) return Number(time) * 1_000;
  if (/^\d{12,13}$/.test(time)) return Number(time);
  return /^\d{4}-\d\d-\d\dT[\d:.]{5,18}(?:Z|[+-]\d\d:\d\d)$/.test(time) ? Date.parse(time) : Number.NaN;
}

export interface HmacAuth {
  /** What is wrong with the headers already; undefined when the body has to tell. */
  headers(headers: Headers, now: Instant): Judgement | undefined;
  body(raw: Uint8Array, headers: Headers, now: Instant): Judgement;
}

export function hmacAuth(options: HmacOptions): HmacAuth {
  const { secret, algorithm, timestamp } = options;
  const memory = timestamp === undefined ? undefined : replayMemory(timestamp.within);

  function headersFault(headers: Headers, now: Instant): Judgement | undefined {
    const claim = claimed(options, headers);
    if (claim === undefined) return refused('there is no signature in the header this hook asks for');
    if (timestamp === undefined) return undefined;
    const off = Math.abs(instantOf(claim.time ?? '') - now);
    return off <= timestamp.within ? undefined : refused('the time that was signed is too far from now, or is none');
  }

  function digests(raw: Uint8Array, { time = '' }: Claimed): readonly Buffer[] {
    return secret.map((one) => {
      const mac = createHmac(algorithm, one.reveal());
      if (timestamp !== undefined) mac.update(`${time}${timestamp.separator}`);
      return mac.update(raw).digest();
    });
  }

  return {
    headers: headersFault,
    body(raw, headers, now) {
      const claim = claimed(options, headers);
      const fault = headersFault(headers, now);
      if (claim === undefined || fault !== undefined) return fault ?? refused('there is no signature');
      // Every pair is looked at, so that the time it takes does not tell which one fits.
      const fitting = digests(raw, claim).filter((digest) =>
        claim.signatures.map((sent) => same(sent, digest)).includes(true),
      );
      const [digest] = fitting;
      if (digest === undefined) return refused('the signature does not fit the body');
      return memory?.claim(digest.toString('base64'), now) ?? PROVEN;
    },
  };
}
