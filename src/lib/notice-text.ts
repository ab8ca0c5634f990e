/** A notice cut to what a channel takes, and as plain text. */
import { createHash } from 'node:crypto';
import type { Named } from '../core/deployment.ts';
import type { Notice, NoticeSubject } from '../core/notice.ts';
import { iso } from '../core/time.ts';
import { plainText } from './text.ts';

/** How much a channel takes; characters are UTF-16 units. */
export interface NoticeLimits {
  readonly title: number;
  /** Reasons, and the characters of each. */
  readonly reasons: number;
  readonly reason: number;
  readonly facts: number;
  readonly fact: number;
  readonly links: number;
}

/** What renders notices keeps to these already; a notifier that takes less says so. */
export const WIDEST: NoticeLimits = { title: 300, reasons: 20, reason: 1_000, facts: 20, fact: 300, links: 10 };

const LONGEST_URL = 2_000;
const LONGEST_NAME = 60;

/** One line of at most `most` units, without what drives a terminal or reorders text. */
function line(text: string, most: number): string {
  const told = plainText(text.slice(0, 2 * most), most);
  return told.length <= most ? told : `${told.slice(0, most - 1).toWellFormed()}…`;
}

function isWebUrl(text: string): boolean {
  const url = text.length <= LONGEST_URL ? URL.parse(text) : null;
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}

/** The reasons that fit, and how many were left out. */
function reasonsOf(because: readonly string[], { reasons, reason }: NoticeLimits): readonly string[] {
  const kept = because.slice(0, because.length > reasons ? reasons - 1 : reasons).map((one) => line(one, reason));
  return kept.length === because.length ? kept : [...kept, `… and ${because.length - kept.length} more`];
}

const LONGEST_KEY = 600;
/** AppConfig's names are at most 64 characters, ids 7. */
const LONGEST_PLACE = 128;

const namedOf = ({ id, name }: Named): Named => ({ id: line(id, LONGEST_PLACE), name: line(name, LONGEST_PLACE) });

function subjectOf(subject: NoticeSubject): NoticeSubject {
  return {
    ...subject,
    application: namedOf(subject.application),
    environment: namedOf(subject.environment),
    profile: namedOf(subject.profile),
    version: line(subject.version, LONGEST_PLACE),
    state: line(subject.state, LONGEST_PLACE),
  };
}

/** Whatever it holds, each part is one harmless line that is not too long, and links lead to the web. */
export function bounded(notice: Notice, limits: NoticeLimits = WIDEST): Notice {
  const { incident, subject } = notice;
  return {
    ...notice,
    id: keyWithin(notice.id, LONGEST_KEY),
    thread: keyWithin(notice.thread, LONGEST_KEY),
    ...(incident === undefined ? {} : { incident: { ...incident, key: keyWithin(incident.key, LONGEST_KEY) } }),
    ...(subject === undefined ? {} : { subject: subjectOf(subject) }),
    title: line(notice.title, limits.title) || notice.kind,
    because: reasonsOf(notice.because, limits),
    facts: notice.facts
      .slice(0, limits.facts)
      .map(({ name, value }) => ({ name: line(name, LONGEST_NAME), value: line(value, limits.fact) })),
    links: notice.links
      .filter(({ url }) => isWebUrl(url))
      .slice(0, limits.links)
      .map(({ text, url }) => ({ text: line(text, LONGEST_NAME), url: new URL(url).href })),
  };
}

/** The whole notice as lines for a person. */
export function noticeText(notice: Notice): string {
  const facts = notice.facts.map(({ name, value }) => `${name}: ${value}`);
  const links = notice.links.map(({ text, url }) => `${text}: ${url}`);
  const told = `${notice.severity.toUpperCase()} ${notice.kind} at ${iso(notice.at)}`;
  const parts = [[notice.title], notice.because.map((reason) => `- ${reason}`), facts, links, [told]];
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n');
}

/** A key of at most `most` units that is equal for equal texts; short texts stay readable. */
export function keyWithin(text: string, most: number): string {
  const told = plainText(text, Number.POSITIVE_INFINITY);
  if (told.length <= most) return told;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `${told.slice(0, most - digest.length - 1).toWellFormed()}~${digest}`;
}
