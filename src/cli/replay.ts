/** `replay`: decides the deployments of a journal again, as they were or under another policy. */
import { Command } from 'commander';
import { judgeAgain, type RuleBasis } from '../backtest/judge-again.ts';
import { type Action, recordedActions, SHARED_KINDS, type WatchRecord, watchRecords } from '../backtest/record.ts';
import { type Comparison, compare, type ReplayPolicy, replay } from '../backtest/replay.ts';
import { deploymentTitle } from '../core/deployment.ts';
import { formatDuration, iso } from '../core/time.ts';
import type { JournalReader } from '../journal/read.ts';
import { plainText } from '../lib/text.ts';
import { matches } from '../policy/match.ts';
import type { Config, Policy } from '../policy/schema.ts';
import { findDeployment, notFoundText } from './deployment-argument.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { withJournal } from './journal-argument.ts';
import { requirePolicyFile } from './policy-file.ts';

interface Flags {
  readonly journal?: string;
  readonly policy?: string;
  readonly deployment?: string;
  readonly json?: true;
}

interface Replayed {
  readonly record: WatchRecord;
  readonly policy: string;
  readonly recorded: readonly Action[];
  readonly replayed: readonly Action[];
  readonly comparison: Comparison;
  readonly rules: readonly RuleBasis[];
  readonly note: string;
}

/** A journal does not hold the policy: without a file, what decided is taken to be what the defaults say. */
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
  'the journal does not hold the policy: decided by the defaults (stopWhen any, unknown after 5m, verify 10m) where the record does not tell; --policy FILE says better';

function decideAgain(record: WatchRecord, config: Config | undefined): Replayed {
  const recorded = recordedActions(record);
  const base = { record, recorded };
  if (config === undefined) {
    const replayed = replay(record, assumedPolicy(record), ({ verdict }) => verdict);
    return {
      ...base,
      policy: record.watch.policy,
      replayed,
      rules: [],
      note: ASSUMED,
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

const clock = (at: number) => iso(at).replace('T', ' ').slice(0, 19);

function what(action: Action): string {
  if (action.kind === 'withhold') return `stop withheld (${action.reason})`;
  if (action.kind === 'recovery') return `recovery judged: ${action.recovery}`;
  return { stop: 'stop', 'operator-stop': 'stop by a person', 'too-late': 'would stop, but it is complete' }[
    action.kind
  ];
}

function actionText(action: Action | undefined): string {
  if (action === undefined) return 'nothing';
  const exposed = `${Math.round(action.exposure * 1_000) / 10} % exposed`;
  return plainText(`${what(action)} at ${clock(action.at)} UTC, ${exposed}: ${action.because.join('; ')}`, 2_000);
}

function differenceText({ recorded, replayed }: Extract<Comparison, { readonly same: false }>): string {
  if (recorded === undefined) return 'DIFFERENT: nothing of the kind was decided then';
  if (replayed === undefined) return `DIFFERENT: no ${what(recorded)} any more`;
  if (what(recorded) !== what(replayed)) return `DIFFERENT: ${what(replayed)} instead of ${what(recorded)}`;
  const shift = replayed.at - recorded.at;
  return `DIFFERENT: ${formatDuration(shift)} ${shift < 0 ? 'earlier' : 'later'}`;
}

function basisText({ rule, basis, verdicts, because }: RuleBasis): string {
  const how = { again: 'judged again', recorded: 'as recorded', none: 'not on record' }[basis];
  return plainText(
    `rule ${rule}: ${how}${verdicts === 0 ? '' : ` (${verdicts} verdicts)`}${because === '' ? '' : `; ${because}`}`,
    1_000,
  );
}

function text({ record, recorded, replayed, comparison, rules, note }: Replayed): readonly string[] {
  const title = `${deploymentTitle(record.deployment)} under ${record.watch.policy}`;
  const list = (label: string, actions: readonly Action[]) =>
    (actions.length === 0 ? [undefined] : actions).map((action) => `  ${label}  ${actionText(action)}`);
  return [
    plainText(title),
    ...list('recorded', recorded),
    ...list('replayed', replayed),
    `  ${comparison.same ? 'the same decision' : differenceText(comparison)}`,
    ...rules.map((rule) => `  ${basisText(rule)}`),
    ...(note === '' ? [] : [`  ${plainText(note, 500)}`]),
  ];
}

function json({ record, policy, recorded, replayed, comparison, rules, note }: Replayed) {
  const timed = (actions: readonly Action[]) => actions.map((action) => ({ ...action, at: iso(action.at) }));
  return {
    deployment: deploymentTitle(record.deployment),
    ref: record.watch.deployment,
    watchedBy: record.watch.policy,
    policy,
    same: comparison.same,
    recorded: timed(recorded),
    replayed: timed(replayed),
    rules,
    ...(note === '' ? {} : { note }),
  };
}

function keysOf(io: CliIo, journal: JournalReader, argument: string | undefined): readonly string[] | undefined {
  if (argument === undefined) return journal.deployments();
  const found = findDeployment(journal, argument);
  if (found.kind === 'found') return [found.key];
  io.err(lines(`error: ${notFoundText(argument, found)}`));
  io.exit(EXIT.notFound);
  return undefined;
}

function recordsOf(journal: JournalReader, key: string): readonly WatchRecord[] {
  const read = (filter: Parameters<JournalReader['events']>[0]) =>
    [...journal.events(filter)].flatMap(({ event, seq }) => (event === undefined ? [] : [{ event, seq }]));
  const both = [...read({ deployment: key }), ...read({ kinds: SHARED_KINDS })].sort((a, b) => a.seq - b.seq);
  const first = both.findIndex(({ event }) => 'watch' in event);
  // What was before its discovery counts only for the state of the circuit it was discovered under.
  return watchRecords(
    both.filter(({ event }, index) => index >= first || event.kind.startsWith('circuit')).map(({ event }) => event),
    key,
  );
}

function decideAll(io: CliIo, journal: JournalReader, flags: Flags, config: Config | undefined): void {
  const keys = keysOf(io, journal, flags.deployment);
  if (keys === undefined) return;
  const all = keys.flatMap((key) => recordsOf(journal, key)).map((record) => decideAgain(record, config));
  const different = all.filter(({ comparison }) => !comparison.same).length;
  io.exit(different === 0 ? EXIT.ok : EXIT.failed);
  const total = `${all.length} watches decided again, ${different} differently.`;
  if (flags.json) io.out(lines(JSON.stringify({ watches: all.length, different, replayed: all.map(json) })));
  else io.out(lines(...all.flatMap((one) => [...text(one), '']), total));
}

const HELP = `
Where the record has no new verdict, every look is taken to have said what the one before said. What a deployment
would have done after a stop that was never made is not known: a replay ends where it parts from the record.

Examples:
  appconfig-watchdog replay /var/lib/watchdog/journal.db
  appconfig-watchdog replay /var/lib/watchdog/journal.db --policy new.yaml --deployment checkout/prod/12

Exit codes: 0 decided as recorded, 1 something is decided differently or the journal is unreadable,
2 no journal named or a policy file is wrong, 3 no such file or deployment.`;

export function replayCommand(io: CliIo): Command {
  return new Command('replay')
    .description('decide the deployments of a journal again, as they were or under another policy')
    .argument('[journal]', 'journal file')
    .option('--journal <file>', 'journal file')
    .option('--policy <file>', 'policy file to decide by')
    .option('--deployment <deployment>', 'only APPLICATION/ENVIRONMENT/NUMBER, by names or ids')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', HELP)
    .action((file: string | undefined, flags: Flags) => {
      const config = flags.policy === undefined ? undefined : requirePolicyFile(io, flags.policy);
      if (flags.policy !== undefined && config === undefined) return;
      const journal = file ?? flags.journal;
      withJournal(io, journal === undefined ? {} : { journal }, (reader) => decideAll(io, reader, flags, config));
    });
}
