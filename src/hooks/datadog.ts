/** Hook format `datadog`: the webhook integration with the payload docs/hooks.md gives. */
import { z } from 'zod';
import type { Alert } from '../core/alert.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { once } from '../lib/once.ts';
import { defineHook } from '../plugin.ts';
import { alertOf, delivery, firstText, instantOf, labelsOf, linkOf, objectOf, textOf } from './reading/fields.ts';
import { malformed } from './reading/refusal.ts';

const STATES: ReadonlyMap<string, Alert['state']> = new Map([
  ['triggered', 'firing'],
  ['re-triggered', 'firing'],
  ['recovered', 'resolved'],
]);

/** A reminder says only by its type what it reminds of; no data, a warning and words of tomorrow are neither. */
function stateOf(transition: string, type: string | undefined): Alert['state'] {
  if (transition.toLowerCase() === 'renotify') return type === 'error' ? 'firing' : 'other';
  return STATES.get(transition.toLowerCase()) ?? 'other';
}

/** A reminder comes with the time of the reminder: since when it has been so, only what came before it says. */
const REMINDERS: ReadonlySet<string> = new Set(['re-triggered', 're-no data', 're-warn', 'renotify']);

/** `env:prod,service:checkout`: each a label; a tag without a value is its own. */
function tagsOf(value: Json | undefined): readonly (readonly [string, string])[] {
  const tags = (typeof value === 'string' ? value.slice(0, 10_000) : '').split(',', 200);
  return tags
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && tag !== '*')
    .map((tag) => {
      const at = tag.indexOf(':');
      return at < 0 ? ([tag, tag] as const) : ([tag.slice(0, at), tag.slice(at + 1)] as const);
    });
}

/** Datadog writes the state and the scope before the monitor's name: `[Triggered on {host:a}] Errors are high`. */
function nameOf(title: string): string {
  return title.replace(/^\[[^\]]{0,300}\]\s*/, '').trim() || title;
}

/** A variable that was not filled in: the payload was not sent for a monitor. */
const unfilled = (text: string | undefined) => text === undefined || text === '' || text.startsWith('$');

function alertOfBody(body: JsonObject, arrival: number): Alert {
  const [id, transition, title] = [textOf(body.id, 64), textOf(body.transition, 64), textOf(body.title)];
  if (id === undefined || !/^[\w-]+$/.test(id)) throw malformed('id is no id of a monitor: expected "$ALERT_ID"');
  if (transition === undefined || unfilled(transition))
    throw malformed('transition is missing: expected "$ALERT_TRANSITION"');
  if (title === undefined || unfilled(title)) throw malformed('title is missing: expected "$ALERT_TITLE"');
  const scope = textOf(body.scope) ?? '';
  return alertOf({
    // A monitor of many hosts is one alert for each of them.
    key: scope === '' || scope === '*' ? id : `${id}/${scope}`,
    name: nameOf(title),
    state: stateOf(transition, textOf(body.type)),
    status: transition,
    labels: labelsOf([['monitor', id], ...tagsOf(body.scope), ...tagsOf(body.tags)]),
    since: REMINDERS.has(transition.toLowerCase()) ? undefined : instantOf(body.date, arrival),
    summary: firstText(title) ?? id,
    url: linkOf(body.link),
  });
}

export const datadog = defineHook({
  kind: 'datadog',
  description: "Datadog's webhook integration, with the payload docs/hooks.md gives.",
  options: once(() => z.strictObject({ kind: z.literal('datadog') })),
  authenticates: () => false,
  open: () => ({
    async read({ json, receivedAt }) {
      const body = objectOf(json);
      if (body === undefined) throw malformed('the body is not the JSON of the payload in docs/hooks.md');
      return delivery([alertOfBody(body, receivedAt)]);
    },
  }),
});
