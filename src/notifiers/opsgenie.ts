/** Notifier `opsgenie`: alerts of Opsgenie, or of Jira Service Management, which takes the same calls. */
import { z } from 'zod';
import type { Notice, Severity } from '../core/notice.ts';
import { bounded, keyWithin, noticeText, WIDEST } from '../lib/notice-text.ts';
import type { NotifierDeps } from '../lib/notifier-deps.ts';
import { once } from '../lib/once.ts';
import { postJson } from '../lib/post-json.ts';
import { secretSchema } from '../lib/secret.ts';
import { webUrlSchema } from '../lib/url-schema.ts';
import { defineNotifier } from '../plugin.ts';

const SERVICES = {
  us: 'https://api.opsgenie.com/v2/alerts',
  eu: 'https://api.eu.opsgenie.com/v2/alerts',
  jira: 'https://api.atlassian.com/jsm/ops/integration/v2/alerts',
} as const;

const options = once(() =>
  z.strictObject({
    kind: z.literal('opsgenie'),
    apiKey: secretSchema.describe('Key of an API integration; a secret.'),
    service: z
      .enum(['us', 'eu', 'jira'])
      .default('us')
      .describe('us, eu: Opsgenie of that region, which ends in April 2027; jira: Jira Service Management.'),
    url: webUrlSchema().exactOptional().describe('Where alerts are created, in place of what `service` stands for.'),
    responders: z
      .array(z.strictObject({ type: z.enum(['team', 'user', 'escalation', 'schedule']), name: z.string().min(1) }))
      .max(50)
      .exactOptional()
      .describe('Who is alerted; without it whom the integration says.'),
    aliasPrefix: z
      .string()
      .max(60)
      .default('appconfig-watchdog/')
      .describe('Begins every alias: several daemons that share an integration need different ones.'),
  }),
);

const PRIORITY = { critical: 'P1', warning: 'P3', info: 'P5' } as const satisfies Record<Severity, string>;

/** As documented: message 130 characters, alias 512, description 15,000, 20 tags of 50, details 8,000. */
const LIMITS = { ...WIDEST, title: 130, reasons: 10, facts: 15 };
const LONGEST_DESCRIPTION = 15_000;

function alertOf(notice: Notice) {
  const told = bounded(notice, LIMITS);
  const { subject } = told;
  // The first line of the text is the message already.
  const description = noticeText({ ...told, title: notice.title === told.title ? '' : bounded(notice).title });
  return {
    message: told.title,
    description: description.trim().slice(0, LONGEST_DESCRIPTION).toWellFormed(),
    details: Object.fromEntries(told.facts.map(({ name, value }) => [name, value])),
    priority: PRIORITY[told.severity],
    source: 'appconfig-watchdog',
    tags: ['appconfig-watchdog', told.kind, ...told.policies.slice(0, 5)].map((tag) => tag.slice(0, 50)),
    ...(subject === undefined
      ? {}
      : { entity: keyWithin(`${subject.application.name}/${subject.environment.name}`, 512) }),
  };
}

export const opsgenie = defineNotifier({
  kind: 'opsgenie',
  description:
    'Alerts of Opsgenie or Jira Service Management: created when somebody is needed, closed when it is over.',
  options,
  incidents: true,
  open({ apiKey, service, url = SERVICES[service], responders, aliasPrefix }, { http }: NotifierDeps) {
    const what = service === 'jira' ? 'Jira Service Management' : 'Opsgenie';
    const post = (to: string, body: object, signal: AbortSignal) => {
      const headers = { authorization: `GenieKey ${apiKey.reveal()}` };
      return postJson(http, { what, url: to, headers, body: JSON.stringify(body), secrets: [apiKey] }, signal);
    };
    return {
      async send(notice: Notice, signal: AbortSignal) {
        const { incident, kind, thread } = notice;
        const alias = keyWithin(`${aliasPrefix}${incident?.key ?? thread}`, 512);
        const whom = responders === undefined ? {} : { responders };
        // A test proves both ways and leaves nobody alerted.
        const opens = incident?.action === 'open' || kind === 'test';
        if (opens) await post(url, { ...alertOf(notice), alias, ...whom }, signal);
        if (incident?.action !== 'close' && kind !== 'test') return;
        const note = bounded(notice).title;
        const close = `${url}/${encodeURIComponent(alias)}/close?identifierType=alias`;
        await post(close, { source: 'appconfig-watchdog', note }, signal);
      },
    };
  },
});
