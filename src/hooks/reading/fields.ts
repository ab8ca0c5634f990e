/** Fields of a message from outside: each of a known type and a bounded length, or not there. */
import { hash } from 'node:crypto';
import type { Alert } from '../../core/alert.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Instant } from '../../core/time.ts';
import { plainText } from '../../lib/text.ts';
import { malformed } from './refusal.ts';

const LONGEST = { key: 200, name: 300, status: 64, summary: 500, url: 2_000, label: 200, value: 1_000 } as const;
const MOST_LABELS = 64;
/** More are refused as a whole rather than taken in part: an alert that was left out would be missed. */
export const MOST_ALERTS = 5_000;

/** Before anything that could be meant: an open alert's end is the year 1. */
const EARLIEST: Instant = Date.UTC(2000, 0);

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !isList(value) ? value : undefined;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** A list; empty where there is none. Throws FailureError `malformed` for what is no list, or one that is too long. */
export function listOf(value: Json | undefined, what: string, most = MOST_ALERTS): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!isList(value)) throw malformed(`${what} is no list`);
  if (value.length > most) throw malformed(`${what} has more than ${most} entries`);
  return value;
}

/** A text as it was sent, for comparing; cut when it is too long. Numbers and booleans are texts, too. */
export function textOf(value: Json | undefined, most: number = LONGEST.value): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value.slice(0, most).toWellFormed() : undefined;
}

/** The first text that is not empty. */
export function firstText(...values: readonly (Json | undefined)[]): string | undefined {
  return values.map((value) => textOf(value)).find((text) => text !== undefined && text.trim() !== '');
}

/** Seconds, milliseconds, micro- or nanoseconds since 1970, told apart by their size. */
function fromNumber(value: number): Instant {
  if (value >= 1e17) return value / 1e6;
  if (value >= 1e14) return value / 1e3;
  return value >= 1e11 ? value : value * 1e3;
}

const ISO = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?$/;

function fromText(text: string): Instant {
  if (/^\d{9,19}$/.test(text)) return fromNumber(Number(text));
  const [, time, zone = 'Z'] = ISO.exec(text) ?? [];
  if (time === undefined) return Number.NaN;
  return Date.parse(`${time.replace(' ', 'T')}${zone.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2')}`);
}

/**
 * An instant as a text in ISO 8601 or a number. Undefined where there is none or it is no date; what is later than the
 * arrival is the fault of a clock, and counts as the arrival.
 */
export function instantOf(value: Json | undefined, arrival: Instant): Instant | undefined {
  const at = typeof value === 'number' ? fromNumber(value) : typeof value === 'string' ? fromText(value) : Number.NaN;
  return at >= EARLIEST ? Math.min(Math.round(at), arrival) : undefined;
}

/** A link for a person; anything that is not http or https is none. */
export function linkOf(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' || value.length > LONGEST.url || !URL.canParse(value)) return undefined;
  const { protocol, href } = new URL(value);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}

/** Labels without a prototype: no name means anything to the program. Of a name that comes twice the first counts. */
export function labelsOf(entries: readonly (readonly [string, Json | undefined])[]): Readonly<Record<string, string>> {
  const labels: Record<string, string> = Object.create(null);
  let count = 0;
  for (const [given, value] of entries) {
    const name = given.slice(0, LONGEST.label).toWellFormed();
    const text = textOf(value);
    if (text === undefined || name === '' || name === '__proto__' || Object.hasOwn(labels, name)) continue;
    if (count++ >= MOST_LABELS) break;
    labels[name] = text;
  }
  return labels;
}

/** The sender's own identity of a thing; a long one by its digest, so that two of them are never one. */
function keyOf(text: string): string {
  return text.length <= LONGEST.key && text.isWellFormed() ? text : `sha256:${hash('sha256', text)}`;
}

/** An alert before its texts are bounded. */
export interface RawAlert {
  readonly key: string;
  readonly name: string;
  readonly state: Alert['state'];
  readonly status: string;
  readonly labels: Alert['labels'];
  readonly since: Instant | undefined;
  readonly summary: string;
  readonly url?: string | undefined;
}

export function alertOf({ key, name, state, status, labels, since, summary, url }: RawAlert): Alert {
  return {
    key: keyOf(key),
    name: name.slice(0, LONGEST.name).toWellFormed(),
    state,
    status: plainText(status, LONGEST.status),
    labels,
    ...(since === undefined ? {} : { since }),
    summary: plainText(summary, LONGEST.summary),
    ...(url === undefined ? {} : { url }),
  };
}

export function delivery(alerts: readonly Alert[], note?: string) {
  return { alerts, deployments: [], ...(note === undefined ? {} : { note }) };
}
