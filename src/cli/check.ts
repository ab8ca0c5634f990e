/** `check`: says what is wrong in a policy file, or what is in it. */

import Table from 'cli-table3';
import { Command } from 'commander';
import type { Condition } from '../core/condition.ts';
import { plainText } from '../lib/text.ts';
import { formatPolicyErrors } from '../policy/error.ts';
import { unusedNotifiers } from '../policy/notify.ts';
import type { Config, Policy, Rule } from '../policy/schema.ts';
import { costOf } from './cost.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { readPolicyFile } from './policy-file.ts';

/** Asks AWS what the file cannot know; tells it itself and gives the exit code. */
export type LiveCheck = (config: Config, options: { readonly json: boolean }) => Promise<ExitCode>;

interface Flags {
  readonly config?: string;
  readonly json?: true;
  readonly live?: true;
}

const kindsOf = (rule: Rule) =>
  'source' in rule ? `${rule.source.kind} → ${rule.judge.kind}` : `trigger ${rule.trigger.kind}`;

function conditionText(condition: Condition): string {
  if (condition.kind === 'rule') return condition.rule;
  const parts = condition.of.map(conditionText).join(', ');
  return condition.kind === 'atLeast' ? `atLeast ${condition.count} of (${parts})` : `${condition.kind} of (${parts})`;
}

function matchText({ match }: Policy): string {
  const names = [match.application, match.environment, match.profile].map((globs) => globs.join(','));
  return plainText(names.join(' / '), 1_000);
}

/** The file as data for programs; holds no secrets, since targets are given by name. */
function summary(config: Config, digest: string) {
  const policies = config.policies.map((policy) => ({
    name: policy.name,
    mode: policy.mode,
    match: policy.match,
    stopWhen: conditionText(policy.stopWhen),
    rules: policy.rules.map((rule) => ({ name: rule.name, kinds: kindsOf(rule) })),
    ...costOf(policy),
  }));
  const notifiers = Object.entries(config.notifiers).map(([name, { kind }]) => ({ name, kind }));
  const unused = unusedNotifiers(config);
  const targets = config.targets.map((target) => target.name);
  return { ok: true, digest, targets, poll: config.poll, notifiers, unusedNotifiers: unused, policies };
}

function tableOf(config: Config): string {
  const asksOthers = config.policies.some((policy) => costOf(policy).requestsAnHour > 0);
  const costs = ['metrics/h', 'USD/h', ...(asksOthers ? ['requests/h'] : [])];
  const table = new Table({
    head: ['policy', 'mode', 'application / environment / profile', 'rules', 'stop when', ...costs],
    style: { head: [], border: [] },
  });
  for (const policy of config.policies) {
    const rules = policy.rules.map((rule) => `${rule.name}: ${kindsOf(rule)}`).join('\n');
    const { metricsAnHour, dollarsAnHour, requestsAnHour } = costOf(policy);
    const requests = asksOthers ? [String(Math.ceil(requestsAnHour))] : [];
    const cost = [String(Math.ceil(metricsAnHour)), dollarsAnHour.toFixed(4), ...requests];
    table.push([policy.name, policy.mode, matchText(policy), rules, conditionText(policy.stopWhen), ...cost]);
  }
  return table.toString();
}

/** Who is told, and who is not although the file has them. */
function tellingText(config: Config): readonly string[] {
  const names = Object.entries(config.notifiers).map(([name, { kind }]) => `${name} (${kind})`);
  const unused = unusedNotifiers(config);
  return [
    ...(names.length === 0 ? [] : [`Told: ${names.join(', ')}. \`notify test\` tries them.`]),
    ...(unused.length === 0 ? [] : [`WARNING: no \`notify\` leads to ${unused.join(', ')}: nothing is told there.`]),
  ];
}

function report(config: Config, digest: string): string {
  const targets = config.targets.map((target) => target.name).join(', ');
  return lines(
    `The policy file is good (sha256 ${digest}).`,
    `Targets: ${targets}. A cycle starts at ${config.poll}.`,
    ...tellingText(config),
    tableOf(config),
    ...(config.policies.some((policy) => costOf(policy).requestsAnHour > 0)
      ? ['requests/h: to sources other than CloudWatch, one a period for each distinct query.']
      : []),
    'Cost: CloudWatch metrics requested for each hour one deployment is watched, at most; nothing while none runs.',
  );
}

async function check(io: CliIo, path: string, flags: Flags, live: LiveCheck | undefined): Promise<void> {
  const json = flags.json === true;
  if (flags.live && live === undefined) {
    io.err(lines('check --live is not part of this build: it has nothing to ask AWS with. Leave --live out.'));
    return io.exit(EXIT.usage);
  }
  const loaded = readPolicyFile(io, path);
  if (!loaded.ok) {
    if (json) io.out(lines(JSON.stringify({ ok: false, errors: loaded.errors }, null, 2)));
    else io.err(lines(formatPolicyErrors(loaded.errors)));
    return io.exit(EXIT.usage);
  }
  if (flags.live && live !== undefined) return io.exit(await live(loaded.config, { json }));
  const { config, digest } = loaded;
  io.out(json ? lines(JSON.stringify(summary(config, digest), null, 2)) : report(config, digest));
  return io.exit(EXIT.ok);
}

const HELP = `
Examples:
  appconfig-watchdog check config/watchdog.yaml
  appconfig-watchdog check --config config/watchdog.yaml --json
  appconfig-watchdog check --config config/watchdog.yaml --live

Exit codes: 0 the file is good, 1 AWS does not have what it names (--live), 2 the file or the call is wrong.`;

/** `live` is what --live runs; without it the option says that it cannot. */
export function checkCommand(io: CliIo, live?: LiveCheck): Command {
  return new Command('check')
    .description('validate a policy file: every error at once, or a table of what it watches and costs')
    .argument('[file]', 'the policy file')
    .option('--config <file>', 'the policy file')
    .option('--json', 'print the outcome as JSON')
    .option('--live', 'also ask AWS whether credentials, selectors, queries and alarms are good')
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, flags: Flags, command: Command) => {
      const path = file ?? flags.config;
      if (path === undefined || (file !== undefined && flags.config !== undefined && file !== flags.config)) {
        const problem =
          path === undefined ? 'expected a policy file: check FILE' : 'expected one policy file, found two';
        return command.error(`error: ${problem}`, { exitCode: EXIT.usage, code: 'check.file' });
      }
      return check(io, path, flags, live);
    });
}
