/** One recorded deployment decided again: by the record alone, or by a policy file. */
import { judgeAgain, type RuleBasis } from '../backtest/judge-again.ts';
import { type Action, recordedActions, type WatchRecord } from '../backtest/record.ts';
import { type Comparison, compare, type ReplayPolicy, replay } from '../backtest/replay.ts';
import type { WatchEvent } from '../core/event.ts';
import { matches } from '../policy/match.ts';
import type { Config, Policy } from '../policy/schema.ts';

type Discovered = Extract<WatchEvent, { readonly kind: 'deployment-discovered' }>;

export interface Replayed {
  readonly record: WatchRecord;
  readonly policy: string;
  readonly recorded: readonly Action[];
  readonly replayed: readonly Action[];
  readonly comparison: Comparison;
  readonly rules: readonly RuleBasis[];
  readonly note: string;
}

/** What is on record of the policy that was in force; undefined in journals of earlier versions. */
function recordedPolicy(event: Discovered): ReplayPolicy | undefined {
  const { mode, rules, terms } = event;
  return terms === undefined ? undefined : { ...terms, mode, rules };
}

/** Where the journal does not hold it: without a file, what decided is taken to be what the defaults say. */
function assumedPolicy({ events }: WatchRecord): ReplayPolicy {
  const discovered = events.findLast((event) => event.kind === 'deployment-discovered');
  const overdue = events.find((event) => event.kind === 'rule-unknown-too-long');
  const ignored = events.some((event) => event.kind === 'stop-withheld' && event.reason === 'baking-ignored');
  const rules = discovered?.rules ?? [];
  return {
    rules,
    mode: discovered?.mode ?? 'enforce',
    stopWhen: { kind: 'any', of: rules.map((rule) => ({ kind: 'rule', rule })) },
    onUnknown: {
      after: overdue === undefined ? 300_000 : overdue.at - overdue.since,
      do: overdue?.action ?? 'hold',
    },
    baking: ignored ? 'ignore' : 'stop',
    verify: { for: 600_000 },
  };
}

const decisionsOf = (policy: Policy): ReplayPolicy => ({ ...policy, rules: policy.rules.map(({ name }) => name) });

/** The policy of a file that stands for the recorded one: that of its name, or one that watches the deployment. */
function policyFor({ watch, deployment }: WatchRecord, { policies }: Config): Policy | undefined {
  const facts = { target: watch.deployment.target, ...deployment };
  const named = policies.find(({ name }) => name === watch.policy);
  // Tags are not on record: a policy that asks for them is taken at its name only.
  return named ?? policies.find(({ match }) => matches({ ...match, tags: {} }, facts));
}

const ASSUMED =
  'this journal of an earlier version does not hold the policy: decided by the defaults (stopWhen any, unknown after 5m, verify 10m) where the record does not tell; --policy FILE says better';

export function decideAgain(record: WatchRecord, config: Config | undefined): Replayed {
  const recorded = recordedActions(record);
  const base = { record, recorded };
  if (config === undefined) {
    const isKnown = record.events.some((event) => event.kind === 'deployment-discovered' && recordedPolicy(event));
    const replayed = replay(record, assumedPolicy(record), ({ verdict }) => verdict, recordedPolicy);
    return {
      ...base,
      policy: record.watch.policy,
      replayed,
      rules: [],
      note: isKnown ? '' : ASSUMED,
      comparison: compare(record, replayed),
    };
  }
  const policy = policyFor(record, config);
  if (policy === undefined) {
    const comparison: Comparison =
      recorded[0] === undefined ? { same: true } : { same: false, recorded: recorded[0], replayed: undefined };
    return { ...base, policy: '', replayed: [], rules: [], note: 'no policy of the file watches it', comparison };
  }
  const { verdictOf, rules } = judgeAgain(record, policy);
  const replayed = replay(record, decisionsOf(policy), verdictOf);
  const note =
    policy.name === record.watch.policy ? '' : `the file has no policy of that name; ${policy.name} watches it`;
  return { ...base, policy: policy.name, replayed, rules, note, comparison: compare(record, replayed) };
}
