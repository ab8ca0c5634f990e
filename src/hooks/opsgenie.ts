/** Hook format `opsgenie`: the outgoing webhook integration of Opsgenie and Jira Service Management. */
import { z } from 'zod';
import type { Alert, Delivery } from '../core/alert.ts';
import type { JsonObject } from '../core/json.ts';
import type { Message } from '../core/seams.ts';
import { once } from '../lib/once.ts';
import { defineHook } from '../plugin.ts';
import { alertOf, delivery, firstText, instantOf, labelsOf, listOf, objectOf, textOf } from './reading/fields.ts';
import { malformed } from './reading/refusal.ts';

/** Of the many actions those that say in which state an alert is; who acknowledges or snoozes it has not mended it. */
const STATES: ReadonlyMap<string, Alert['state']> = new Map([
  ['Create', 'firing'],
  ['UnAcknowledge', 'firing'],
  ['Acknowledge', 'firing'],
  ['Snooze', 'firing'],
  ['SnoozeEnded', 'firing'],
  ['Close', 'resolved'],
  ['Delete', 'resolved'],
]);

/** The alert's own fields come first: `details` are whatever its creator liked. */
function labelsOfAlert(alert: JsonObject) {
  const tags = listOf(alert.tags, 'tags', 100).flatMap((tag) => textOf(tag, 180) ?? []);
  return labelsOf([
    ['alias', alert.alias],
    ['entity', alert.entity],
    ['priority', alert.priority],
    ['source', alert.source],
    ['team', alert.team],
    ...tags.map((tag) => [`tag.${tag}`, tag] as const),
    ...Object.entries(objectOf(alert.details) ?? {}),
  ]);
}

function read({ json, receivedAt }: Message): Delivery {
  const body = objectOf(json);
  const alert = objectOf(body?.alert);
  const action = textOf(body?.action, 64);
  if (alert === undefined || action === undefined) throw malformed('the body is not the JSON of an Opsgenie webhook');
  const state = STATES.get(action);
  if (state === undefined) return delivery([], 'an action that changes no state');
  const id = firstText(alert.alertId);
  if (id === undefined) throw malformed('the alert has no alertId');
  const name = firstText(alert.message) ?? id;
  // Whether or not somebody looks at it: what is wrong has been wrong since the alert began.
  const since = instantOf(state === 'firing' ? alert.createdAt : alert.updatedAt, receivedAt);
  const labels = labelsOfAlert(alert);
  const one = alertOf({ key: id, name, state, status: action, labels, since, summary: name });
  return delivery([one]);
}

export const opsgenie = defineHook({
  kind: 'opsgenie',
  description: 'Opsgenie and Jira Service Management: the outgoing webhook integration.',
  options: once(() => z.strictObject({ kind: z.literal('opsgenie') })),
  authenticates: () => false,
  open: () => ({ read: async (message) => read(message) }),
});
