/** Notifier `teams`: an Adaptive Card, posted to a workflow of Microsoft Teams. */
import { z } from 'zod';
import type { Notice, Severity } from '../core/notice.ts';
import { iso } from '../core/time.ts';
import { bounded } from '../lib/notice-text.ts';
import type { NotifierDeps } from '../lib/notifier-deps.ts';
import { once } from '../lib/once.ts';
import { postJson } from '../lib/post-json.ts';
import { secretUrlSchema } from '../lib/secret.ts';
import { defineNotifier } from '../plugin.ts';

const options = once(() =>
  z.strictObject({
    kind: z.literal('teams'),
    url: secretUrlSchema.describe(
      'URL of a workflow with the trigger "When a Teams webhook request is received"; a secret.',
    ),
  }),
);

/** A message of Teams is at most 28 KB; a character may take three bytes. */
const LIMITS = { title: 200, reasons: 8, reason: 400, facts: 10, fact: 150, links: 4 };

const COLOUR = { critical: 'Attention', warning: 'Warning', info: 'Accent' } as const satisfies Record<
  Severity,
  string
>;

/** Runs of text are shown as they are: unlike in a TextBlock nothing in them is Markdown, whoever chose it. */
function paragraph(...runs: readonly object[]) {
  return { type: 'RichTextBlock', inlines: runs.map((run) => ({ type: 'TextRun', ...run })) };
}

/** Adaptive Card 1.4, as a workflow expects it. */
function message(notice: Notice) {
  const { title, because, facts, links, severity, kind, at } = bounded(notice, LIMITS);
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          fallbackText: title,
          body: [
            paragraph({ text: title, weight: 'Bolder', size: 'Medium', color: COLOUR[severity] }),
            ...because.map((text) => paragraph({ text })),
            ...facts.map(({ name, value }) => paragraph({ text: `${name}: `, weight: 'Bolder' }, { text: value })),
            paragraph({ text: `${severity} · ${kind} · ${iso(at)}`, isSubtle: true, size: 'Small' }),
          ],
          actions: links.map(({ text, url }) => ({ type: 'Action.OpenUrl', title: text, url })),
        },
      },
    ],
  };
}

export const teams = defineNotifier({
  kind: 'teams',
  description: 'Microsoft Teams, by the webhook of a workflow.',
  options,
  incidents: false,
  open({ url }, { http }: NotifierDeps) {
    return {
      send(notice: Notice, signal: AbortSignal) {
        const post = {
          what: 'Microsoft Teams',
          url: url.reveal(),
          body: JSON.stringify(message(notice)),
          secrets: [url],
        };
        return postJson(http, post, signal);
      },
    };
  },
});
