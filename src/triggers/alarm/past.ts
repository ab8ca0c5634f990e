/** How alarms stood at any instant of the past, out of what is on record of their changes; pure. */
import { z } from 'zod';
import type { PastOpinion } from '../../core/seams.ts';
import { type Duration, type Instant, iso } from '../../core/time.ts';
import { once } from '../../lib/once.ts';
import { instantSchema } from '../../lib/schema.ts';
import type { Change } from './changes.ts';
import { opinion } from './opinion.ts';
import type { AlarmOptions } from './options.ts';
import { type AlarmState, isValue } from './state.ts';

const alarmSchema = once(() =>
  z.looseObject({
    alarm: z.string().min(1),
    arn: z.string().default(''),
    /** From when on, in which state, and why; oldest first or not. */
    states: z
      .array(z.union([z.tuple([instantSchema(), z.string()]), z.tuple([instantSchema(), z.string(), z.string()])]))
      .min(1, 'expected at least the state it began in')
      .transform((states) => states.toSorted((a, b) => a[0] - b[0])),
  }),
);

/** An alarm with its states as they stand in a file. */
export type AlarmRecord = {
  readonly alarm: string;
  readonly arn: string;
  readonly states: readonly (readonly [at: string, state: string, reason: string])[];
};

type PastAlarm = z.output<ReturnType<typeof alarmSchema>>;

/** AWS has said two weeks and 30 days: what is older than this may be gone without a trace. */
const KEPT: Duration = 14 * 86_400_000;

/**
 * What is on record of one alarm from an instant on; undefined when there is none of that name. The state it began in is
 * the one its first change left, or the one it is in still.
 */
export function recordOf(
  name: string,
  current: AlarmState | undefined,
  changes: readonly Change[],
  from: Instant,
  now: Instant,
): AlarmRecord | undefined {
  const [first] = changes;
  if (first === undefined && current === undefined) return undefined;
  const record = { alarm: name, arn: current?.arn ?? '' };
  const states = changes.map(({ at, to, reason }) => [iso(at), to, reason] as const);
  if (first !== undefined) {
    const since = Math.min(first.at, Math.max(from, now - KEPT));
    return { ...record, states: [[iso(since), first.from, ''], ...states] };
  }
  const { value, since, reason } = current ?? { value: 'UNREADABLE', since: now, reason: '' };
  return { ...record, states: [[iso(since), value, reason]] };
}

/** The alarm as DescribeAlarms would have shown it at an instant. */
function stateAt({ alarm: name, arn, states }: PastAlarm, at: Instant): AlarmState {
  const before = states.filter(([since]) => since <= at);
  const last = before.at(-1);
  const base = { name, arn, actionsEnabled: true };
  if (last === undefined) {
    return { ...base, value: 'UNREADABLE', since: at, reason: '' };
  }
  // A state that only got another reason goes on.
  const begun = before.findLastIndex(([, state]) => state !== last[1]) + 1;
  const since = before[begun]?.[0] ?? last[0];
  return { ...base, value: isValue(last[1]) ? last[1] : 'UNREADABLE', since, reason: last[2] ?? '' };
}

/** Its text form: a list of alarms, each with its states from an instant on. */
export const alarmPast = once(() =>
  z
    .array(alarmSchema())
    .min(1, 'expected at least one alarm')
    .transform(
      (alarms): PastOpinion<AlarmOptions> => ({
        news: [],
        check({ insufficientData }, context) {
          const states = alarms.map((one) => stateAt(one, context.now));
          const verdict = opinion(states, insufficientData, context);
          const unknown = states.filter(({ value }) => value === 'UNREADABLE').map(({ name }) => `"${name}"`);
          if (unknown.length === 0 || verdict.kind === 'breached') return verdict;
          return {
            kind: 'inconclusive',
            because: `in which state it was then is not on record: ${unknown.join(', ')}`,
          };
        },
      }),
    ),
);
