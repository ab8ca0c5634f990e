/** A backtest from beginning to end: the past is gathered or given, run, and placed anew where that was asked for. */
import { deploymentTitle, exposureAt, refKey } from '../core/deployment.ts';
import { type Duration, formatDuration, type Instant } from '../core/time.ts';
import type { TargetAccess } from '../engine/access.ts';
import { runsOf } from '../engine/schedule.ts';
import { counted } from '../lib/text.ts';
import { couldMatchTarget } from '../policy/match.ts';
import type { Config, Target } from '../policy/schema.ts';
import { type Answered, type Asked, type Case, type Gathering, gatherCases, gatherNumbers, planOf } from './gather.ts';
import { type Power, powerOf } from './placebo.ts';
import { groundsOf, longAsks, longestOf } from './placebo-plan.ts';
import { type Ran, runCase } from './run.ts';
import { gatherSaid, opinions, type Said } from './said.ts';
import type { Label } from './score.ts';
import { lastLook } from './stretch.ts';

export interface Past {
  readonly cases: readonly Case[];
  readonly answered: readonly Answered[];
  /** What triggers said; a rule of whose trigger nothing is here takes no part. */
  readonly said: readonly Said[];
  readonly notes: readonly string[];
}

/** What asking costs, before anything is asked that costs. */
export interface Cost {
  readonly deployments: number;
  readonly metrics: number;
  readonly requests: number;
}

export interface Looks extends Disposable {
  next(after: Instant): Instant | undefined;
  lastOf(one: Case): Instant;
  /** How late after their period datapoints are taken to come. */
  readonly lag: Duration;
}

/** The looks of a daemon under this file, at a store whose datapoints come so late. */
export function looksBy(config: Config, lag: Duration): Looks {
  const runs = runsOf(config.poll);
  const next = (after: Instant) => runs.next(after);
  return {
    next,
    lastOf: ({ deployment, policy }) => lastLook(deployment, policy, next, lag),
    lag,
    [Symbol.dispose]: () => runs[Symbol.dispose](),
  };
}

export interface AskOptions extends Gathering {
  readonly connect: (target: Target) => TargetAccess;
  /** Whether the schedules will be placed anew, which takes long series as well. */
  readonly placebos: boolean;
  /** The one rule whose long series alone is wanted. */
  readonly onlyRule?: string | undefined;
  /** Whether to go on at this cost. */
  agrees(cost: Cost): boolean;
}

/** The past out of AWS; undefined when the cost was not agreed to. Throws FailureError where a target cannot be asked. */
export async function askForPast(config: Config, looks: Looks, options: AskOptions): Promise<Past | undefined> {
  const { now, since, placebos } = options;
  const targets = config.targets.filter(({ name }) =>
    config.policies.some(({ match }) => couldMatchTarget(match, name)),
  );
  const opened = new Map<string, TargetAccess>();
  try {
    const cases: Case[] = [];
    for (const target of targets) {
      const access = options.connect(target);
      opened.set(target.name, access);
      cases.push(...(await gatherCases(config, target, access, options)));
    }
    const { onlyRule } = options;
    const plan = planOf(onlyRule === undefined ? cases : [], now, (one) => looks.lastOf(one));
    const all = placebos ? longAsks(groundsOf(cases), since, now) : [];
    const long = all.filter(({ rule }) => onlyRule === undefined || rule.name === onlyRule);
    const metrics = plan.metrics + planCost(long);
    if (!options.agrees({ deployments: cases.length, metrics, requests: plan.requests })) return undefined;
    const answered: Answered[] = [];
    for (const [name, access] of opened) {
      const own = ({ case: one }: Asked) => one.deployment.ref.target === name;
      const asks = [...plan.asks, ...long].filter(own);
      if (asks.length > 0) answered.push(...(await gatherNumbers(asks, access, options)));
    }
    const said: Said[] = [];
    for (const [name, access] of onlyRule === undefined ? opened : []) {
      const own = cases.filter(({ deployment }) => deployment.ref.target === name);
      said.push(...(await gatherSaid(own, access, (one) => looks.lastOf(one), options)));
    }
    return { cases, answered, said, notes: plan.notes };
  } finally {
    for (const access of opened.values()) access.close();
  }
}

function planCost(asks: readonly Asked[]): number {
  return asks.reduce(
    (sum, { rule: { source } }) =>
      sum + (source.kind === 'cloudwatch' ? Math.max(1, Object.keys(source.metrics).length) : 0),
    0,
  );
}

export interface BacktestOptions {
  readonly labels: ReadonlyMap<string, Label>;
  readonly placebos: number;
  readonly effects: readonly number[];
  readonly seed: number;
  onProgress(text: string): void;
  readonly signal: AbortSignal;
}

export interface Backtest {
  readonly ran: readonly Ran[];
  readonly power: readonly Power[];
  readonly notes: readonly string[];
}

/** So many are needed before a rate of false stops says anything. */
const FEW = 20;

function notesOf(
  { cases, notes }: Past,
  late: Duration,
  ran: readonly Ran[],
  power: readonly Power[],
): readonly string[] {
  const lag = Math.max(
    0,
    ...cases.flatMap(({ policy }) => policy.rules.map((rule) => ('settle' in rule ? rule.settle : 0))),
  );
  const observed = [...new Set(cases.flatMap(({ policy }) => (policy.mode === 'observe' ? [policy.name] : [])))];
  const unstarted = ran.filter(({ scored: { simulated, deployment } }) => {
    const { stop } = simulated;
    return stop !== undefined && exposureAt(deployment, stop.at) === 0;
  });
  const titles = new Set(cases.map(({ deployment }) => deploymentTitle(deployment)));
  return [
    ...notes,
    ...(titles.size === cases.length
      ? []
      : [`${counted(titles.size, 'deployment')}, some under several policies: each counts once for every policy.`]),
    `Numbers are taken as known ${formatDuration(lag)} after their period (settle); a store may show them sooner.`,
    ...(late === 0
      ? []
      : [
          `Datapoints are taken to come ${formatDuration(late)} after their period (--lag): until then they are missing.`,
        ]),
    'The circuit breaker, holds, outages of the store and the seconds a stop takes are not part of it.',
    ...(observed.length === 0 ? [] : [`${observed.join(', ')} only observes: it is taken as if it were enforced.`]),
    ...(unstarted.length === 0
      ? []
      : [`Stops that came before any client had the new configuration: ${unstarted.length}.`]),
    ...(cases.length >= FEW || power.length > 0
      ? []
      : [
          `${counted(cases.length, 'deployment is', 'deployments are')} few: --placebos 200 --effects 2,5 says what the policy would miss.`,
        ]),
  ];
}

export async function backtest(past: Past, looks: Looks, options: BacktestOptions): Promise<Backtest> {
  const { labels, signal, onProgress } = options;
  const nextLook = (after: Instant) => looks.next(after);
  const ran: Ran[] = [];
  const deployments = [...new Map(past.cases.map(({ deployment }) => [refKey(deployment.ref), deployment])).values()];
  const opinionsOf = opinions(past.said);
  for (const one of past.cases) {
    const opinionOf = opinionsOf(one);
    ran.push(await runCase(one, past.answered, { deployments, opinionOf, labels, lag: looks.lag, nextLook, signal }));
  }
  const power: Power[] = [];
  for (const ground of options.placebos > 0 ? groundsOf(past.cases) : []) {
    const history = longestOf(ground, past.answered);
    const step = Math.max(1, Math.floor((options.placebos * (options.effects.length + 1)) / 5));
    const one = await powerOf({
      ...ground,
      history,
      placements: options.placebos,
      effects: options.effects,
      seed: options.seed,
      lag: looks.lag,
      nextLook,
      onProgress: (done, of) => {
        if (done % step === 0) onProgress(`${ground.case.policy.name}: ${done} of ${of} placements`);
      },
      signal,
    });
    if (one !== undefined) power.push(one);
  }
  return { ran, power, notes: notesOf(past, looks.lag, ran, power) };
}
