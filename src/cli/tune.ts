/** `tune`: proposes bounds and judges for a rule from the history of its query, with what they would stop and find. */
import { Command, InvalidArgumentError } from 'commander';
import { looksBy, type Past } from '../backtest/backtest.ts';
import { type Ground, groundsOf, longestOf } from '../backtest/placebo-plan.ts';
import { proposals } from '../backtest/tune.ts';
import { deploymentTitle } from '../core/deployment.ts';
import type { Config, MetricRule } from '../policy/schema.ts';
import { effectsOption, lagOption, sinceOption, wholeFrom } from './backtest-options.ts';
import { type BacktestDeps, endingWell, type PastFlags, pastOf, read } from './backtest-past.ts';
import { Ended } from './ended.ts';
import { defaultConfig } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { requirePolicyFile } from './policy-file.ts';
import { jsonOf, type Told, type Tuned, textOf, yamlOf } from './tune-text.ts';

interface Flags extends PastFlags {
  readonly policy: string;
  readonly rule: string;
  readonly below?: true;
  readonly falseStops: number;
  readonly aYear?: number;
  readonly placebos: number;
  readonly effects: readonly number[];
  readonly seed: number;
  readonly json?: true;
}

const YEAR = 365 * 86_400_000;

function ruleOf(config: Config, name: string): MetricRule {
  for (const policy of config.policies) {
    const rule = policy.rules.find((one) => one.name === name);
    if (rule !== undefined && 'source' in rule) return rule;
  }
  const known = config.policies.flatMap(({ rules }) => rules.flatMap((one) => ('source' in one ? [one.name] : [])));
  throw new Ended(EXIT.usage, `no rule ${name} with a source in the policy file; there are: ${known.join(', ')}`);
}

/** The policy's ground that has the longest history of the rule. */
function groundOf(
  past: Past,
  rule: MetricRule,
): { readonly ground: Ground; readonly history: Parameters<typeof proposals>[0]['history'] } {
  const all = groundsOf(past.cases).flatMap((ground) => {
    const history = longestOf(ground, past.answered).get(rule.name);
    return history === undefined ? [] : [{ ground, history }];
  });
  const [longest] = all.toSorted((a, b) => b.history.points.length - a.history.points.length);
  if (longest !== undefined) return longest;
  throw new Ended(
    EXIT.notFound,
    `no history of ${rule.name} beside a completed deployment whose schedule could be placed in it`,
  );
}

async function run(deps: BacktestDeps, flags: Flags): Promise<void> {
  const { io } = deps;
  const config = requirePolicyFile(io, flags.policy);
  if (config === undefined) return;
  const rule = ruleOf(config, flags.rule);
  using looks = looksBy(config, flags.lag);
  const past = await pastOf(deps, flags, config, looks, { rule: rule.name });
  const { ground, history } = groundOf(past, rule);
  const side = flags.below === true ? 'below' : 'above';
  const aYear = flags.aYear ?? Math.max(1, Math.round((ground.deployments.length * YEAR) / flags.since));
  const found = await proposals({
    ...ground,
    rule,
    history,
    side,
    allowed: Math.min(1, flags.falseStops / aYear),
    placements: flags.placebos,
    effects: flags.effects,
    seed: flags.seed,
    lag: looks.lag,
    nextLook: (after) => looks.next(after),
    signal: new AbortController().signal,
  });
  const told = found.map((one): Told => {
    const share = one.measured.effects.find(({ effect }) => effect === 1)?.share ?? 0;
    return { ...one, falseStopsAYear: share * aYear };
  });
  const [best] = told;
  if (best === undefined)
    throw new Ended(
      EXIT.failed,
      `the history of ${rule.name} has no room in both its halves, an hour away from every deployment, to find a bound and to measure it`,
    );
  const tuned: Tuned = {
    rule: rule.name,
    side,
    query: history.query,
    schedule: deploymentTitle(ground.case.deployment),
    aYear,
    falseStops: flags.falseStops,
    proposals: told,
    best,
    yaml: yamlOf(read(io, flags.policy), best),
  };
  io.out(flags.json ? jsonOf(tuned) : textOf(tuned));
}

function countOf(text: string): number {
  const count = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || count > 1_000_000)
    throw new InvalidArgumentError('expected a number, such as 2 or 0.5.');
  return count;
}

const HELP = `
For each M of N the tightest bound is taken that the older half of the history keeps to; what it stops and finds is
measured on the newer half by the daemon's own code. Beside them stand dose, in both its forms, and threshold-or-dose:
they take counts and requests as the rule's own judge names them, and else a plain Sum as a count, anything else as a gauge.

Examples:
  appconfig-watchdog tune --policy watchdog.yaml --rule error-rate --since 14d --false-stops 2
  appconfig-watchdog tune --policy watchdog.yaml --rule orders --below --effects 0.5,0.1

Exit codes: 0 done, 1 AWS could not be asked, it takes --yes or the history is too short, 2 the file or the call is
wrong, 3 no deployment or no history.`;

export function tuneCommand(deps: BacktestDeps): Command {
  return new Command('tune')
    .description('propose bounds and judges for a rule from the history of its query')
    .requiredOption('--rule <name>', 'rule of the policy file whose query it is')
    .option('--policy <file>', 'policy file that has the rule', defaultConfig(deps.io))
    .addOption(sinceOption('history of this time', 14))
    .addOption(lagOption())
    .option('--below', 'low values are harm')
    .option('--false-stops <count>', 'deployments a year that may be stopped without a cause', countOf, 1)
    .option('--a-year <count>', 'deployments a year; without it as many as there were', wholeFrom(1, 1_000_000))
    .option('--placebos <count>', 'placements to find a bound by, and to measure it', wholeFrom(10, 10_000), 200)
    .addOption(effectsOption('effects to measure'))
    .option('--seed <number>', 'seed of placements and counts', wholeFrom(0, 4_294_967_295), 1)
    .option('--data <folder>', 'deployments.json and series.json instead of AWS')
    .option('--yes', 'ask, whatever it costs')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', HELP)
    .action((flags: Flags) => endingWell(deps, () => run(deps, flags)));
}
