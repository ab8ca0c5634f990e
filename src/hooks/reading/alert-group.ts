/** A group of alerts as Alertmanager sends it; Grafana took the shape over. */
import type { Alert, Delivery } from '../../core/alert.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Message } from '../../core/seams.ts';
import type { Instant } from '../../core/time.ts';
import { alertOf, delivery, firstText, instantOf, labelsOf, linkOf, listOf, objectOf, textOf } from './fields.ts';
import { malformed } from './refusal.ts';

const STATES: ReadonlyMap<string, Alert['state']> = new Map([
  ['firing', 'firing'],
  ['resolved', 'resolved'],
]);

/** What one tool adds to the shape. */
export interface Dialect {
  readonly tool: string;
  readonly version: string;
  /** Where a person can look, best first. */
  readonly links: readonly string[];
  /** A name and a status of the tool's own for an alert that is not about what it is named after. */
  readonly aside?: (labels: Alert['labels']) => { readonly name: string; readonly status: string } | undefined;
}

/** Equal labels, equal key, in whatever order; for a sender that leaves the fingerprint out. */
function byLabels(labels: Alert['labels']): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readOne(raw: JsonObject, dialect: Dialect, arrival: Instant): Alert {
  const labels = labelsOf(Object.entries(objectOf(raw.labels) ?? {}));
  const annotations = objectOf(raw.annotations) ?? {};
  const said = textOf(raw.status, 64);
  const state = STATES.get(said ?? '');
  if (said === undefined || state === undefined) throw malformed('an alert is neither firing nor resolved');
  const aside = state === 'firing' ? dialect.aside?.(labels) : undefined;
  const name = aside?.name ?? labels.alertname;
  if (name === undefined) throw malformed('an alert has no label alertname');
  return alertOf({
    key: firstText(raw.fingerprint) ?? byLabels(labels),
    name,
    state: aside === undefined ? state : 'other',
    status: aside?.status ?? said,
    labels,
    since: instantOf(state === 'resolved' ? raw.endsAt : raw.startsAt, arrival),
    summary: firstText(annotations.summary, annotations.description, annotations.message) ?? name,
    url: dialect.links.map((link) => linkOf(raw[link])).find((link) => link !== undefined),
  });
}

function oneOf(raw: Json, dialect: Dialect, arrival: Instant): Alert {
  const object = objectOf(raw);
  if (object === undefined) throw malformed('an alert is no object');
  return readOne(object, dialect, arrival);
}

export function readGroup({ json, receivedAt }: Message, dialect: Dialect): Delivery {
  const group = objectOf(json);
  if (group === undefined) throw malformed(`the body is not the JSON ${dialect.tool} sends`);
  if (group.version !== dialect.version) {
    throw malformed(`version is not "${dialect.version}", the one of ${dialect.tool}'s webhooks`);
  }
  const alerts = listOf(group.alerts, 'alerts').map((raw) => oneOf(raw, dialect, receivedAt));
  const left = typeof group.truncatedAlerts === 'number' && group.truncatedAlerts > 0 ? group.truncatedAlerts : 0;
  return delivery(alerts, left === 0 ? undefined : `${dialect.tool} left out ${Math.floor(left)} alerts (max_alerts)`);
}
