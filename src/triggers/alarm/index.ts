/** Trigger `alarm`: CloudWatch alarms that went off after the deployment started. */
import { type AwsAccess, accessKey, accessOf } from '../../aws/access.ts';
import { FailureError } from '../../core/failure.ts';
import type { Json } from '../../core/json.ts';
import type { TriggerContext } from '../../core/seams.ts';
import type { Instant, Window } from '../../core/time.ts';
import type { Verdict } from '../../core/verdict.ts';
import { defineTrigger } from '../../plugin.ts';
import { type Changes, changesOf } from './changes.ts';
import { type Alarms, alarmsOf } from './describe.ts';
import { opinion } from './opinion.ts';
import { type AlarmOptions, alarmOptions } from './options.ts';
import { alarmPast, recordOf } from './past.ts';
import type { AlarmState } from './state.ts';
import { type TagReader, tagReader } from './tags.ts';

interface Reader {
  readonly alarms: Alarms;
  readonly changes: Changes;
  readonly now: () => Instant;
  readonly tags: TagReader;
}

function readerOf(access: AwsAccess, options: AlarmOptions): Reader {
  const client = access.cloudwatch(accessOf(options));
  const { caller, clock } = access;
  return {
    alarms: alarmsOf(client, caller),
    changes: changesOf(client, caller),
    now: () => clock.now(),
    tags: tagReader(client, caller, clock),
  };
}

interface Selected {
  readonly alarms: readonly AlarmState[];
  /** Named alarms that do not exist, and selectors that match nothing. */
  readonly missing: readonly string[];
}

async function byName(options: AlarmOptions, { alarms }: Reader, signal: AbortSignal): Promise<Selected> {
  const names = options.names ?? [];
  const states = await Promise.all(names.map((name) => alarms.named(name, signal)));
  return {
    alarms: states.filter((state) => state !== undefined),
    missing: names.filter((_, index) => states[index] === undefined).map((name) => `there is no alarm named "${name}"`),
  };
}

async function bySelector(options: AlarmOptions, reader: Reader, signal: AbortSignal): Promise<Selected> {
  const { prefix, tags } = options;
  if (prefix === undefined && tags === undefined) return { alarms: [], missing: [] };
  const all = await reader.alarms.prefixed(prefix ?? '', signal);
  const alarms = tags === undefined ? all : await reader.tags.carrying(all, tags, signal);
  const like = prefix === undefined ? '' : ` whose name begins with "${prefix}"`;
  const tagged =
    tags === undefined
      ? ''
      : ` tagged ${Object.entries(tags)
          .map((tag) => tag.join('='))
          .join(', ')}`;
  return { alarms, missing: alarms.length > 0 ? [] : [`there is no alarm${like}${tagged}`] };
}

function notFound(missing: readonly string[]): FailureError {
  const message = `DescribeAlarms: ${missing.join('; ')}`;
  return new FailureError({ reason: 'not-found', retryable: false, message });
}

async function check(
  options: AlarmOptions,
  reader: Reader,
  context: TriggerContext,
  signal: AbortSignal,
): Promise<Verdict> {
  const parts = await Promise.all([byName(options, reader, signal), bySelector(options, reader, signal)]);
  const missing = parts.flatMap((part) => part.missing);
  const alarms = [...new Map(parts.flatMap((part) => part.alarms).map((state) => [state.name, state])).values()];
  if (alarms.length === 0) throw notFound(missing);
  const verdict = opinion(alarms, options.insufficientData, context);
  // What rings is known however many others are missing or unreadable; without that, one of those is never health.
  if (missing.length > 0 && verdict.kind !== 'breached') throw notFound(missing);
  const unreadable = alarms.find(({ fault }) => fault !== undefined);
  if (unreadable?.fault !== undefined && verdict.kind !== 'breached') throw unreadable.fault;
  return missing.length === 0 ? verdict : { ...verdict, because: `${verdict.because}; ${missing.join('; ')}` };
}

/** Alarms are selected as they are now; one that was deleted since still has its history. */
async function pastOf(options: AlarmOptions, reader: Reader, window: Window, signal: AbortSignal): Promise<Json> {
  const [named, selected] = await Promise.all([byName(options, reader, signal), bySelector(options, reader, signal)]);
  const current = new Map([...named.alarms, ...selected.alarms].map((one) => [one.name, one]));
  const names = [...new Set([...(options.names ?? []), ...current.keys()])];
  const read = names.map(async (name) => {
    const changes = await reader.changes(name, window, signal);
    return { name, past: recordOf(name, current.get(name), changes, window.from, reader.now()) };
  });
  const records = await Promise.all(read);
  const unknown = records
    .filter(({ past }) => past === undefined)
    .map(({ name }) => `there is no alarm named "${name}"`);
  if (selected.missing.length + unknown.length > 0) throw notFound([...selected.missing, ...unknown]);
  return records.flatMap(({ past }) => past ?? []);
}

export const alarm = defineTrigger({
  kind: 'alarm',
  description: 'CloudWatch metric and composite alarms, by name, prefix or tag.',
  options: alarmOptions,
  past: alarmPast,
  open(access: AwsAccess) {
    const readers = new Map<string, Reader>();
    const readerFor = (options: AlarmOptions) => {
      const key = accessKey(accessOf(options));
      const reader = readers.get(key) ?? readerOf(access, options);
      readers.set(key, reader);
      return reader;
    };
    return {
      check: (options: AlarmOptions, context: TriggerContext, signal: AbortSignal) =>
        check(options, readerFor(options), context, signal),
      past: (options: AlarmOptions, window: Window, signal: AbortSignal) =>
        pastOf(options, readerFor(options), window, signal),
    };
  },
});
