/** A notice as an email: plain text, the same as simple HTML, and what makes mail programs put one story together. */
import { createHash } from 'node:crypto';
import type { Notice, Severity } from '../../core/notice.ts';
import { iso } from '../../core/time.ts';
import { bounded, noticeText } from '../../lib/notice-text.ts';

/** A subject of one line that mail programs show whole. */
const LIMITS = { title: 200, reasons: 20, reason: 1_000, facts: 20, fact: 300, links: 10 };

const COLOUR = { critical: '#b00020', warning: '#a15c00', info: '#1b5e20' } as const satisfies Record<Severity, string>;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

function html({ title, because, facts, links, severity, kind, at }: Notice): string {
  const reasons = because.map((reason) => `<li>${escaped(reason)}</li>`).join('');
  const rows = facts.map(
    ({ name, value }) => `<tr><th align="left">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  const anchors = links.map(({ text, url }) => `<a href="${escaped(url)}">${escaped(text)}</a>`).join(' &middot; ');
  return [
    `<h3 style="color:${COLOUR[severity]}">${escaped(title)}</h3>`,
    reasons === '' ? '' : `<ul>${reasons}</ul>`,
    rows.length === 0 ? '' : `<table cellpadding="4">${rows.join('')}</table>`,
    anchors === '' ? '' : `<p>${anchors}</p>`,
    `<p><small>${severity} &middot; ${kind} &middot; ${iso(at)}</small></p>`,
  ].join('\n');
}

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly references: string;
  readonly inReplyTo: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly priority: 'high' | 'normal';
}

const idOf = (what: string, key: string, domain: string) =>
  `<${createHash('sha256').update(`${what}/${key}`).digest('hex').slice(0, 40)}.${what}@${domain}>`;

/**
 * Every letter of a thread answers the same one, which was never sent: so mail programs put them together, over
 * restarts too. The id of a letter is that of its notice: one that is sent twice is one.
 */
export function letterOf(notice: Notice, options: { subjectPrefix: string; domain: string }): Letter {
  const told = bounded(notice, LIMITS);
  const thread = idOf('thread', notice.thread, options.domain);
  return {
    subject: `${options.subjectPrefix}[${told.severity}] ${told.title}`,
    text: noticeText(told),
    html: html(told),
    messageId: idOf('notice', notice.id, options.domain),
    references: thread,
    inReplyTo: thread,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Watchdog-Kind': told.kind, 'X-Watchdog-Severity': told.severity },
    priority: told.severity === 'critical' ? 'high' : 'normal',
  };
}
