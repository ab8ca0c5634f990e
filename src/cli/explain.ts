/** `explain`: what was seen, judged, decided and done about one deployment, from the journal. */
import { Command } from 'commander';
import { type Deployment, deploymentTitle, exposureSteps } from '../core/deployment.ts';
import type { Mode, WatchdogEvent } from '../core/event.ts';
import { iso } from '../core/time.ts';
import type { JournalReader } from '../journal/read.ts';
import { plainText } from '../lib/text.ts';
import { tell } from '../log/vocabulary.ts';
import { findDeployment, notFoundText } from './deployment-argument.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { type JournalFlags, withJournal } from './journal-argument.ts';
import { ruleStories, ruleText } from './rule-chart.ts';

interface Flags extends JournalFlags {
  readonly json?: true;
}

const clock = (at: number) => iso(at).replace('T', ' ').replace('Z', '');

function heading(deployment: Deployment): readonly string[] {
  const { ref, account, profile, growthType, growthFactor, durationMinutes, bakeMinutes } = deployment;
  const region = ref.target === ref.region ? '' : `, ${ref.region}`;
  const where = `${ref.target}${region}${account === undefined ? '' : `, account ${account}`}`;
  const labelled = deployment.versionLabel === undefined ? '' : ` (${deployment.versionLabel})`;
  const described = deployment.description === undefined ? '' : `: ${deployment.description}`;
  const steps = exposureSteps(deployment).map(
    ({ at, share }) => `${clock(at).slice(11, 19)} ${Math.round(share * 1_000) / 10} %`,
  );
  return [
    `${deploymentTitle(deployment)} in ${where}`,
    `${profile.name} version ${deployment.version}${labelled}${described}`,
    `${growthType}, ${growthFactor} % a step over ${durationMinutes} min, then ${bakeMinutes} min baking; started ${clock(deployment.startedAt)} UTC`,
    `state ${deployment.state} at ${deployment.percentage} %`,
    `exposure ${steps.join(', ')}`,
  ].map((text) => plainText(text, 2_000));
}

/** A verdict like the one before of the same rule adds nothing to the timeline; the counts have it. */
function isRepeat(event: WatchdogEvent, last: Map<string, string>): boolean {
  if (event.kind !== 'rule-judged') return false;
  const key = `${event.watch.policy}\0${event.rule}`;
  const repeats = last.get(key) === event.verdict.kind;
  last.set(key, event.verdict.kind);
  return repeats;
}

function timeline(events: readonly WatchdogEvent[]): readonly string[] {
  const last = new Map<string, string>();
  let deployment: Deployment | undefined;
  let mode: Mode | undefined;
  return events.flatMap((event) => {
    if ('snapshot' in event) deployment = event.snapshot;
    if (event.kind === 'deployment-discovered') mode = event.mode;
    if (isRepeat(event, last)) return [];
    const context = { ...(deployment ? { deployment } : {}), ...(mode ? { mode } : {}) };
    return [`${clock(event.at)}  ${tell(event, context).message}`];
  });
}

const indented = (texts: readonly string[]) => texts.map((text) => (text === '' ? '' : `  ${text}`));

/** The whole explanation for a terminal. */
function explanation(deployment: Deployment, events: readonly WatchdogEvent[]): string {
  const rules = ruleStories(events).flatMap((story) => ['', ...ruleText(story)]);
  const [title = '', ...about] = heading(deployment);
  return lines(
    title,
    ...indented(about),
    '',
    'Timeline (UTC; verdicts only where they changed)',
    ...indented(timeline(events)),
    ...(rules.length === 0 ? [] : ['', 'Rules']),
    ...indented(rules.slice(1)),
  );
}

function explain(io: CliIo, journal: JournalReader, argument: string, flags: Flags) {
  const found = findDeployment(journal, argument);
  if (found.kind !== 'found') {
    io.err(lines(`error: ${notFoundText(argument, found)}`));
    return io.exit(EXIT.notFound);
  }
  const events = [...journal.events({ deployment: found.key })].flatMap(({ event }) => event ?? []);
  const deployment = events.flatMap((event) => ('snapshot' in event ? event.snapshot : [])).at(-1);
  if (deployment === undefined) throw new Error(`the journal names ${found.key} without a snapshot`);
  if (!flags.json) return io.out(explanation(deployment, events));
  const exposure = exposureSteps(deployment).map(({ at, share }) => ({ at: iso(at), share }));
  io.out(lines(JSON.stringify({ deployment, exposure, rules: ruleStories(events), events })));
}

export function explainCommand(io: CliIo): Command {
  return new Command('explain')
    .description('tell from the journal what was seen, judged, decided and done about a deployment')
    .argument('<deployment>', 'APPLICATION/ENVIRONMENT/NUMBER by names or ids, optionally TARGET:APPLICATION/…')
    .option('--journal <file>', 'journal file')
    .option('--config <file>', 'policy file that names the journal')
    .option('--json', 'print one line of JSON: deployment, exposure, rules, events')
    .addHelpText(
      'after',
      '\nExample:\n  appconfig-watchdog explain checkout/prod/12 --config config/watchdog.yaml\n\n' +
        'Exit codes: 0, 1 unreadable journal, 2 no journal named, 3 no such file, or no such or more than one deployment.',
    )
    .action((argument: string, flags: Flags) =>
      withJournal(io, flags, (journal) => explain(io, journal, argument, flags)),
    );
}
