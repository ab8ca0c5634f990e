/** The journal explains every decision, and nothing is taken for known that could not be asked. */
import { holds } from '../../../src/core/condition.ts';
import { refKey } from '../../../src/core/deployment.ts';
import type { WatchdogEvent } from '../../../src/core/event.ts';
import { fold, type Watch, watchKey } from '../../../src/core/watch.ts';
import type { Ran } from '../run.ts';
import { MINUTE, POLLS, type PolicyPlan } from '../scenario/scenario.ts';
import type { Told } from '../world/machine.ts';
import { keyOf, type Law, lostRecords, nameOf, stopCalls, when } from './law.ts';

export const journalVerifies: Law = ({ kept }) =>
  kept.flatMap(({ daemon, verified }) =>
    verified.ok ? [] : [`the journal of daemon ${daemon} does not verify: ${verified.because}`],
  );

/** What the journal writes for itself, in its own time. */
const OWN: ReadonlySet<string> = new Set(['journal-failed', 'journal-recovered', 'journal-pruned']);

/** Written together after so long at the latest: of one that is killed before they may be missing. */
const GATHERED_FOR = 50;
const GATHERED: ReadonlySet<string> = new Set(['rule-judged', 'stop-decided']);

function diedWith({ at, life, event }: Told, lives: Ran['lives']): boolean {
  const its = lives.find((one) => one.life === life);
  return GATHERED.has(event.kind) && its?.how === 'kill' && at >= (its.to ?? 0) - GATHERED_FOR;
}

/** Each record that was told is on disk, in order; what was written and not told any more was cut off by an end. */
export const journalIsWhole: Law = (ran) => {
  const { told, kept, lives } = ran;
  if (lostRecords(ran)) return [];
  return kept.flatMap(({ daemon, records }) => {
    const expected = told.filter((one) => one.daemon === daemon && !OWN.has(one.event.kind) && !diedWith(one, lives));
    const written = records.filter(({ kind }) => !OWN.has(kind)).map(({ data }) => data);
    const killed = lives.filter((life) => life.daemon === daemon && life.how === 'kill').length;
    const cutOff = killed + told.filter((one) => one.daemon === daemon && diedWith(one, lives)).length;
    let at = 0;
    for (const { event } of expected) {
      const mark = `"at":${event.at},`;
      while (at < written.length && !isRecordOf(written[at], event, mark)) at++;
      if (at === written.length)
        return [`${event.kind} at ${when(event.at)} is not in the journal of daemon ${daemon}`];
      at++;
    }
    const extra = written.length - expected.length;
    return extra > cutOff
      ? [`${extra} records of daemon ${daemon} were never told, and ${cutOff} could be cut off`]
      : [];
  });
};

function isRecordOf(data: string | undefined, event: WatchdogEvent, mark: string): boolean {
  return data?.includes(mark) === true && data.includes(`"kind":${JSON.stringify(event.kind)}`);
}

/** The watches of a daemon as they stood before each of its decisions to stop. */
function* decisions(
  ran: Ran,
): Generator<{ told: Told; watch: Watch; event: WatchdogEvent & { kind: 'stop-decided' } }> {
  const watches = new Map<string, Watch>();
  for (const one of ran.told) {
    const { event, daemon } = one;
    if (!('watch' in event)) continue;
    const key = `${daemon}#${watchKey(event.watch)}`;
    const before = watches.get(key);
    if (event.kind === 'stop-decided' && before !== undefined) yield { told: one, watch: before, event };
    const after = fold(before, event);
    if (after === undefined || after.phase === 'released') watches.delete(key);
    else watches.set(key, after);
  }
}

function justified(watch: Watch, policy: PolicyPlan): boolean {
  // One that was begun is carried on with.
  if (watch.stop?.outcome?.kind === 'failed') return true;
  const guilty = Object.values(watch.rules).filter(({ verdict, unknownSince }) => {
    if (verdict?.kind === 'breached') return true;
    return policy.onUnknown.do === 'stop' && verdict?.kind === 'unknown' && unknownSince !== undefined;
  });
  const of = policy.rules.map((rule) => ({ kind: 'rule' as const, rule }));
  return holds({ kind: policy.stopWhen, of }, new Set(guilty.map(({ rule }) => rule)));
}

/** Every decision follows from the verdicts on record before it. */
export const decisionsFollow: Law = (ran) => {
  const byName = new Map(ran.scenario.policies.map((policy) => [policy.name, policy]));
  return [...decisions(ran)].flatMap(({ told, watch, event }) => {
    const policy = byName.get(event.watch.policy);
    if (policy !== undefined && justified(watch, policy) && event.because.length > 0) return [];
    const verdicts = Object.values(watch.rules).map(({ rule, verdict }) => `${rule} ${verdict?.kind}`);
    return [`${watchKey(event.watch)} decided at ${when(told.at)} on: ${verdicts.join(', ')}`];
  });
};

/** Every StopDeployment on the wire was requested on record before, for a reason that somebody had decided on. */
export const stopsAreExplained: Law = (ran) =>
  stopCalls(ran).flatMap(({ call, rollout }) => {
    const before = ran.told.filter(({ at, daemon }) => daemon === call.daemon && at <= call.at);
    const requested = before.some(
      ({ life, event }) =>
        event.kind === 'stop-requested' &&
        life === call.life &&
        refKey(event.deployment) === keyOf(rollout) &&
        event.because.length > 0,
    );
    const decided = before.some(
      ({ event }) => event.kind === 'stop-decided' && refKey(event.watch.deployment) === keyOf(rollout),
    );
    return requested && decided ? [] : [`${nameOf(rollout)}: StopDeployment at ${when(call.at)} is not explained`];
  });

/** Whether anything ever came by the hook, in this life of the daemon or one before whose journal it reads. */
function isHeard({ told }: Ran, daemon: number, before: number): boolean {
  return told.some(({ at, daemon: same, event }) => same === daemon && at <= before && event.kind === 'hook-heard');
}

/** A verdict that knows rests on an answer of AWS that was whole and not older than what can be new. */
export const unknownIsNotTaken: Law = (ran) => {
  const { scenario, told, exchanges } = ran;
  const slack = 25_000 + 4 * scenario.slowest;
  const good = (operation: string) => {
    const whole = exchanges.filter((one) => one.operation === operation && one.complete === true);
    return Map.groupBy(whole, ({ life, region, account }) => `${life}/${account}/${region}`);
  };
  const numbers = good('GetMetricData');
  const alarms = good('DescribeAlarms');
  const targets = new Map(scenario.targets.map((target) => [target.name, target]));
  return told.flatMap(({ at, daemon, life, event }) => {
    if (event.kind !== 'rule-judged') return [];
    if (event.verdict.kind !== 'healthy' && event.verdict.kind !== 'breached') return [];
    if (event.rule === 'hook')
      return isHeard(ran, daemon, at)
        ? []
        : [`${watchKey(event.watch)} takes silence for ${event.verdict.kind} at ${when(at)}`];
    const target = targets.get(event.watch.deployment.target);
    const isAlarm = event.rule === 'pager';
    const oldest = at - slack - (isAlarm ? 0 : MINUTE + POLLS[scenario.poll]);
    const answers = (isAlarm ? alarms : numbers).get(`${life}/${target?.account}/${target?.region}`) ?? [];
    const known = answers.some(({ doneAt = Number.POSITIVE_INFINITY }) => doneAt >= oldest && doneAt <= at);
    return known
      ? []
      : [`${watchKey(event.watch)} ${event.rule} ${event.verdict.kind} at ${when(at)}, and nobody said so`];
  });
};
