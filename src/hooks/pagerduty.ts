/** Hook format `pagerduty`: V3 webhooks, which PagerDuty signs. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Alert, Delivery } from '../core/alert.ts';
import type { JsonObject } from '../core/json.ts';
import type { Message } from '../core/seams.ts';
import { once } from '../lib/once.ts';
import type { Secret } from '../lib/secret.ts';
import { defineHook } from '../plugin.ts';
import { anySame } from './auth/compare.ts';
import { secretsSchema } from './auth/secrets.ts';
import { alertOf, delivery, firstText, instantOf, labelsOf, linkOf, objectOf, textOf } from './reading/fields.ts';
import { malformed, notAuthentic } from './reading/refusal.ts';

/** Of the many events of an incident those that say in which state it is; who acknowledges it has not mended it. */
const STATES: ReadonlyMap<string, Alert['state']> = new Map([
  ['incident.triggered', 'firing'],
  ['incident.reopened', 'firing'],
  ['incident.unacknowledged', 'firing'],
  ['incident.acknowledged', 'firing'],
  ['incident.resolved', 'resolved'],
]);

const HEADER = 'x-pagerduty-signature';
/** While a secret is replaced there are two. */
const MOST_SIGNATURES = 8;

/** `v1=…,v1=…`: one that fits is enough. */
function verify(secrets: readonly Secret[], raw: Uint8Array, headers: Message['headers']): void {
  const sent = (headers[HEADER] ?? '').slice(0, 4_096).split(',', MOST_SIGNATURES);
  const signatures = sent.flatMap((part) => /^\s*v1=([0-9a-f]{64})\s*$/i.exec(part)?.[1]?.toLowerCase() ?? []);
  if (signatures.length === 0) throw notAuthentic('there is no signature of PagerDuty');
  const right = secrets.map((secret) => createHmac('sha256', secret.reveal()).update(raw).digest('hex'));
  if (!anySame(signatures, right)) throw notAuthentic('the signature does not fit the body');
}

/** What stands in PagerDuty's references: their name is their summary. */
const summaryOf = (reference: JsonObject | undefined) => textOf(reference?.summary);

function incident(event: JsonObject, type: string, state: Alert['state'], arrival: number): Alert {
  const data = objectOf(event.data) ?? {};
  const [id, title] = [textOf(data.id, 64), firstText(data.title)];
  if (id === undefined || id === '') throw malformed('the incident has no id');
  const service = objectOf(data.service);
  return alertOf({
    key: id,
    name: title ?? id,
    state,
    status: type.slice('incident.'.length),
    labels: labelsOf([
      ['service', summaryOf(service)],
      ['serviceId', service?.id],
      ['urgency', data.urgency],
      ['priority', summaryOf(objectOf(data.priority))],
      ['incidentKey', data.incident_key],
      ['title', title],
    ]),
    // Whether or not somebody looks at it, what is wrong has been wrong since the incident began.
    since: instantOf(type.endsWith('acknowledged') ? data.created_at : event.occurred_at, arrival),
    summary: title ?? id,
    url: linkOf(data.html_url),
  });
}

function read({ json, receivedAt }: Message): Delivery {
  const event = objectOf(objectOf(json)?.event);
  const type = textOf(event?.event_type, 100);
  if (event === undefined || type === undefined) throw malformed('the body is not the JSON of a V3 webhook');
  const state = STATES.get(type);
  if (state !== undefined) return delivery([incident(event, type, state, receivedAt)]);
  return delivery([], type === 'pagey.ping' ? 'a test message of PagerDuty' : 'an event that changes no state');
}

const options = once(() =>
  z.strictObject({
    kind: z.literal('pagerduty'),
    secret: secretsSchema().describe('Secret of the webhook subscription; a list for several of them.'),
  }),
);

export const pagerduty = defineHook({
  kind: 'pagerduty',
  description: "PagerDuty's V3 webhooks; their signature is checked.",
  options,
  authenticates: () => true,
  open: ({ secret }) => ({
    authenticate: (raw, headers) => verify(secret, raw, headers),
    read: async (message) => read(message),
  }),
});
