/** A notice as blocks of Slack, within what Slack takes. */
import type { KnownBlock, RichTextBlock } from '@slack/web-api';
import type { Notice, Severity } from '../../core/notice.ts';
import { iso } from '../../core/time.ts';
import { bounded } from '../../lib/notice-text.ts';

/**
 * Documented: a section 3,000 characters, a field 2,000 and ten of them, a context ten elements. All blocks of a message
 * together may not be longer than about 13,000, which is not documented.
 */
const LIMITS = { title: 200, reasons: 10, reason: 500, facts: 10, fact: 200, links: 5 };
const LONGEST_SECTION = 2_900;

const MARK = { critical: '🔴', warning: '🟠', info: '🟢' } as const satisfies Record<Severity, string>;

/** The three characters that begin something in Slack's markup; nothing else in it can mention or link. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** As many whole lines as fit. */
function fitting(lines: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > LONGEST_SECTION) break;
    kept.push(line);
  }
  return kept.join('\n');
}

const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text, verbatim: true });

function linkText({ text, url }: Notice['links'][number]): string {
  const address = url.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E');
  return `<${address.replaceAll('&', '&amp;')}|${escaped(text.replaceAll('|', '/'))}>`;
}

export interface SlackMessage {
  /** What shows where blocks do not: notifications, search. */
  readonly text: string;
  readonly blocks: Exclude<KnownBlock, RichTextBlock>[];
}

export function slackMessage(notice: Notice): SlackMessage {
  const { title, because, facts, links, severity, kind, at } = bounded(notice, LIMITS);
  const blocks: SlackMessage['blocks'] = [{ type: 'section', text: mrkdwn(`${MARK[severity]} *${escaped(title)}*`) }];
  const reasons = fitting(because.map((reason) => `• ${escaped(reason)}`));
  if (reasons !== '') blocks.push({ type: 'section', text: mrkdwn(reasons) });
  const fields = facts.map(({ name, value }) => mrkdwn(`*${escaped(name)}*\n${escaped(value)}`));
  if (fields.length > 0) blocks.push({ type: 'section', fields });
  const told = [`${severity} · ${kind} · ${iso(at)}`, ...links.map(linkText)];
  blocks.push({ type: 'context', elements: told.map(mrkdwn) });
  return { text: escaped(`[${severity}] ${title}`), blocks };
}
