/** Notifier `pagerduty`: incidents by the Events API v2, opened and resolved. */
import { z } from 'zod';
import type { Notice, Severity } from '../core/notice.ts';
import { iso } from '../core/time.ts';
import { bounded, keyWithin, WIDEST } from '../lib/notice-text.ts';
import type { NotifierDeps } from '../lib/notifier-deps.ts';
import { once } from '../lib/once.ts';
import { postJson } from '../lib/post-json.ts';
import { secretSchema } from '../lib/secret.ts';
import { webUrlSchema } from '../lib/url-schema.ts';
import { defineNotifier } from '../plugin.ts';

const options = once(() =>
  z.strictObject({
    kind: z.literal('pagerduty'),
    routingKey: secretSchema.describe('Integration key of a service with an Events API v2 integration; a secret.'),
    url: webUrlSchema()
      .default('https://events.pagerduty.com/v2/enqueue')
      .describe('Where events are sent; in the EU service region `https://events.eu.pagerduty.com/v2/enqueue`.'),
    keyPrefix: z
      .string()
      .max(60)
      .default('appconfig-watchdog/')
      .describe('Begins every dedup key: several daemons that share an integration need different ones.'),
  }),
);

/** PagerDuty also knows `error`, which nothing here is. */
const SEVERITY = { critical: 'critical', warning: 'warning', info: 'info' } as const satisfies Record<Severity, string>;

/** As documented: summary 1,024 characters, dedup key 255, an event 512 KB. */
const LIMITS = { ...WIDEST, title: 1_000 };

function trigger(notice: Notice) {
  const { title, because, facts, links, subject, severity, at, kind } = bounded(notice, LIMITS);
  return {
    payload: {
      summary: title,
      source: subject === undefined ? 'appconfig-watchdog' : `${subject.ref.region}/${subject.application.name}`,
      severity: SEVERITY[severity],
      timestamp: iso(at),
      class: kind,
      ...(subject === undefined ? {} : { component: subject.environment.name, group: subject.application.name }),
      custom_details: {
        because,
        ...Object.fromEntries(facts.map(({ name, value }) => [name, value])),
      },
    },
    client: 'appconfig-watchdog',
    ...(links[0] === undefined ? {} : { client_url: links[0].url }),
    links: links.map(({ text, url }) => ({ href: url, text })),
  };
}

export const pagerduty = defineNotifier({
  kind: 'pagerduty',
  description: 'PagerDuty incidents, by the Events API v2: opened when somebody is needed, resolved when it is over.',
  options,
  incidents: true,
  open({ routingKey, url, keyPrefix }, { http }: NotifierDeps) {
    const post = (event: object, signal: AbortSignal) => {
      const body = JSON.stringify({ routing_key: routingKey.reveal(), ...event });
      return postJson(http, { what: 'PagerDuty', url, body, secrets: [routingKey] }, signal);
    };
    return {
      async send(notice: Notice, signal: AbortSignal) {
        const { incident, kind, thread } = notice;
        const dedup_key = keyWithin(`${keyPrefix}${incident?.key ?? thread}`, 255);
        // A test proves both ways and leaves nobody paged.
        const opens = incident?.action === 'open' || kind === 'test';
        if (opens) await post({ event_action: 'trigger', dedup_key, ...trigger(notice) }, signal);
        if (incident?.action === 'close' || kind === 'test') await post({ event_action: 'resolve', dedup_key }, signal);
      },
    };
  },
});
