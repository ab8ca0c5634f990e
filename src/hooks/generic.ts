/** Hook format `generic`: any JSON, by paths to a key, a state and labels. */
import { z } from 'zod';
import type { Alert } from '../core/alert.ts';
import type { Json } from '../core/json.ts';
import type { Instant } from '../core/time.ts';
import { jsonPath, jsonPathSchema } from '../lib/json-path.ts';
import { once } from '../lib/once.ts';
import { defineHook } from '../plugin.ts';
import { alertOf, delivery, firstText, instantOf, labelsOf, linkOf, MOST_ALERTS, textOf } from './reading/fields.ts';
import { malformed } from './reading/refusal.ts';

const states = once(() =>
  z
    .array(z.union([z.string().max(64), z.number(), z.boolean()]))
    .min(1)
    .max(50),
);

const options = once(() =>
  z
    .strictObject({
      kind: z.literal('generic'),
      alerts: jsonPathSchema()
        .default('$')
        .describe('JSONPath to the alerts of a message; the other paths begin at each of them.'),
      key: jsonPathSchema().describe('To what is equal for everything that is said about the same thing.'),
      state: jsonPathSchema().describe('To the state.'),
      firing: states().describe('States that mean it fires.'),
      resolved: states().describe('States that mean it is over; any other is neither.'),
      name: jsonPathSchema().exactOptional().describe('To what the alert is called; without it its key.'),
      labels: z
        .record(z.string().min(1).max(200), jsonPathSchema())
        .prefault({})
        .describe('Labels by name: a path to the value of each.'),
      since: jsonPathSchema()
        .exactOptional()
        .describe('To the time since when it is in this state: ISO 8601, or seconds or milliseconds since 1970.'),
      summary: jsonPathSchema().exactOptional().describe('To a line for a person.'),
      url: jsonPathSchema().exactOptional().describe('To a link for a person.'),
    })
    .superRefine(({ firing, resolved }, context) => {
      const both = firing.findIndex((state) => resolved.map(String).includes(String(state)));
      if (both >= 0) {
        context.addIssue({
          code: 'custom',
          path: ['firing', both],
          message: 'expected a state that is not in `resolved`',
        });
      }
    }),
);

type Options = z.output<ReturnType<typeof options>>;

/** Gives the first thing a path finds that is a plain value. */
type Finder = (json: Json) => Json | undefined;

const isPlain = (value: Json) => typeof value !== 'object' || value === null;

function finder(path: string | undefined): Finder {
  if (path === undefined) return () => undefined;
  const find = jsonPath(path);
  return (json) => find(json).find(isPlain);
}

function reader(given: Options): (json: Json, arrival: Instant) => Alert {
  const [firing, resolved] = [given.firing, given.resolved].map((list) => new Set(list.map(String)));
  const [key, state, name, since, summary, url] = [
    ...[given.key, given.state, given.name],
    ...[given.since, given.summary, given.url],
  ].map(finder);
  const labels = Object.entries(given.labels).map(([label, path]) => [label, finder(path)] as const);
  const meaning = (status: string) => (firing?.has(status) ? 'firing' : resolved?.has(status) ? 'resolved' : 'other');
  return (json, arrival) => {
    const [id, status] = [firstText(key?.(json)), textOf(state?.(json), 64)];
    if (id === undefined) throw malformed('the path of `key` finds no text');
    if (status === undefined) throw malformed('the path of `state` finds no value');
    const called = firstText(name?.(json)) ?? id;
    return alertOf({
      key: id,
      name: called,
      state: meaning(status),
      status,
      labels: labelsOf(labels.map(([label, find]) => [label, find(json)])),
      since: instantOf(since?.(json), arrival),
      summary: firstText(summary?.(json)) ?? called,
      url: linkOf(url?.(json)),
    });
  };
}

export const generic = defineHook({
  kind: 'generic',
  description: 'Any JSON: JSONPath (RFC 9535) to a key, a state and labels.',
  options,
  authenticates: () => false,
  open(given) {
    let alerts: ReturnType<typeof jsonPath> | undefined;
    let read: ReturnType<typeof reader> | undefined;
    return {
      async read({ json, receivedAt }) {
        if (json === undefined) throw malformed('the body is not JSON');
        alerts ??= jsonPath(given.alerts);
        read ??= reader(given);
        const found = alerts(json);
        if (found.length > MOST_ALERTS) throw malformed(`the path of \`alerts\` finds more than ${MOST_ALERTS}`);
        if (found.length === 0) throw malformed('the path of `alerts` finds nothing');
        const one = read;
        return delivery(found.map((each) => one(each, receivedAt)));
      },
    };
  },
});
