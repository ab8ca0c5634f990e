/** Judge `arms`: clients on the new configuration against those on the old one, in the same minutes. */
import { z } from 'zod';
import { refKey } from '../core/deployment.ts';
import type { Evidence, Judge } from '../core/seams.ts';
import type { Verdict } from '../core/verdict.ts';
import { once } from '../lib/once.ts';
import { defineJudge } from '../plugin.ts';
import { alphaOption } from './reading/dose-options.ts';
import { columnOf, type Grid, gridOf, tickZero } from './reading/grid.ts';
import { fallOf } from './reading/level.ts';
import { sameEvidence } from './reading/same.ts';
import { goneVerdict, namesMissing, proven, tooEarly } from './reading/verdicts.ts';
import { effectInWords, evidenceInWords, finite } from './reading/words.ts';
import { type ArmsTick, armsPath } from './stats/arms.ts';
import { ARMS_RATIOS, DROP_BETAS } from './stats/defaults.ts';
import { logStop } from './stats/evidence.ts';
import { sum } from './stats/ticks.ts';

const armSchema = once(() =>
  z.strictObject({
    events: z.string().min(1).max(255).describe('Name of the metric in the expression that counts the events.'),
    trials: z
      .string()
      .min(1)
      .max(255)
      .describe('Name of the metric that counts the requests (what may become an event).'),
  }),
);

const armsOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('arms'),
      new: armSchema().describe('Clients on the new configuration, by a dimension that holds its version.'),
      old: armSchema().optional().describe('Clients on the old one.'),
      all: armSchema().optional().describe('All clients, where those on the old one are not counted by themselves.'),
      sparse: z
        .boolean()
        .default(true)
        .describe(
          'True where the store has no datapoint for a period without events: one with requests then counts as none.',
        ),
      harm: z.enum(['up', 'down']).default('up').describe('Which way harm moves the share of events.'),
      alpha: alphaOption(),
      overdispersion: z
        .number()
        .min(1)
        .max(100)
        .default(1)
        .describe(
          'How much more events vary than chance has it. 1 is exact for independent events; 4 where hosts differ and traffic is high.',
        ),
      smallestEffect: z.number().gt(1).max(20).default(1.25).describe('Ratio of the shares that is worth a stop.'),
      fewestEvents: z.int().min(0).default(10).describe('Events of both arms without which nothing is stopped.'),
    })
    .refine(({ old, all }) => (old === undefined) !== (all === undefined), 'expected either `old` or `all`'),
);

type ArmsOptions = z.output<ReturnType<typeof armsOptions>>;

function armTicks({ series }: Evidence, grid: Grid, options: ArmsOptions): readonly ArmsTick[] {
  const inputs = series[0]?.inputs ?? {};
  const arm = ({ events, trials }: z.output<ReturnType<typeof armSchema>>) => {
    const [counted, tried] = [events, trials].map((name) => columnOf(inputs[name] ?? [], grid).slice(grid.history));
    return (tried ?? []).map((trial, tick) => {
      const seen = counted?.[tick] ?? Number.NaN;
      return { events: options.sparse && Number.isNaN(seen) && trial > 0 ? 0 : seen, trials: trial };
    });
  };
  const fresh = arm(options.new);
  const other = arm(options.old ?? options.all ?? options.new);
  return fresh.map((one, tick) => {
    const beside = other[tick] ?? { events: Number.NaN, trials: Number.NaN };
    const rest = { events: beside.events - one.events, trials: beside.trials - one.trials };
    return { fresh: one, old: options.old === undefined ? rest : beside };
  });
}

const isWhole = ({ fresh, old }: ArmsTick) =>
  [fresh, old].every(({ events, trials }) => events >= 0 && trials > 0 && Number.isFinite(events + trials));

/** Ratio of the shares with the 80 % it lies in; half an event stands for none. */
function ratioOf(ticks: readonly ArmsTick[], phi: number) {
  const total = (of: (tick: ArmsTick) => number) => sum(ticks.map(of));
  const [e1, n1] = [total(({ fresh }) => fresh.events), total(({ fresh }) => fresh.trials)];
  const [e0, n0] = [total(({ old }) => old.events), total(({ old }) => old.trials)];
  const rateRatio = (Math.max(e1, 0.5) / n1 / Math.max(e0, 0.5)) * n0;
  const spread = Math.exp(1.2816 * Math.sqrt(phi * (1 / Math.max(e1, 0.5) + 1 / Math.max(e0, 0.5))));
  return { rateRatio, low: rateRatio / spread, high: rateRatio * spread, e1, e0, n1, n0 };
}

function judged(options: ArmsOptions, alpha: number, evidence: Evidence): Verdict {
  const [series] = evidence.series;
  const grid = gridOf(series, evidence.deployment.startedAt);
  if (series === undefined || grid === undefined || grid.during === 0) return tooEarly(evidence);
  const ticks = armTicks(evidence, grid, options);
  const fall = fallOf(evidence.deployment);
  const subject = `${options.new.events} per ${options.new.trials}`;
  if (fall !== undefined) {
    const since = Math.ceil((fall - tickZero(evidence.deployment.startedAt, grid.period)) / grid.period) + 1;
    if (grid.during - since < 2) return { kind: 'inconclusive', because: `${subject}: too early after the rollback` };
    return {
      kind: 'healthy',
      because: `${subject}: nobody has the new configuration any more, which is what was judged`,
    };
  }
  const gone = goneVerdict(
    evidence,
    ticks.map(({ fresh, old }) => Number.isFinite(fresh.trials + old.trials)),
    grid.during,
  );
  const names = [options.new, options.old ?? options.all].flatMap((arm) =>
    arm === undefined ? [] : [arm.events, arm.trials],
  );
  const missing = names.filter((name) => !Object.hasOwn(series.inputs, name));
  if (gone !== undefined && (missing.length === 0 || series.points.length === 0)) return gone;
  if (missing.length > 0) return namesMissing(evidence, missing);
  const whole = ticks.filter(isWhole);
  if (whole.length === 0)
    return { kind: 'inconclusive', because: `${subject}: no period yet in which both arms had requests` };
  const phi = options.overdispersion;
  const ratios = options.harm === 'up' ? ARMS_RATIOS : DROP_BETAS.map((beta) => 1 + beta);
  const logEvidence = armsPath(whole, { ratios, phi }).at(-1) ?? 0;
  const effect = ratioOf(whole, phi);
  const than = options.harm === 'up' ? 'higher than' : 'that';
  const sentence = `${subject} ${effectInWords(effect)} ${than} on the old configuration; evidence ${evidenceInWords(logEvidence)} against ${(1 / alpha).toFixed(0)} needed; ${effect.e1} of ${effect.n1} against ${effect.e0} of ${effect.n0}`;
  const proof = () => ({
    query: series.query,
    periodMs: grid.period,
    effect: finite(effect.rateRatio),
    effectLow: finite(effect.low),
    effectHigh: finite(effect.high),
    logEvidence: finite(logEvidence),
    logNeeded: logStop(alpha),
    alpha,
    deployment: refKey(evidence.deployment.ref),
  });
  if (!(logEvidence >= logStop(alpha))) return proven('healthy', sentence, proof);
  const factor = options.harm === 'up' ? effect.rateRatio : 1 / effect.rateRatio;
  if (factor < options.smallestEffect) {
    return proven('healthy', `${sentence}; below the ${options.smallestEffect}× that is worth a stop`, proof);
  }
  if (effect.e1 + effect.e0 < options.fewestEvents) {
    return proven('healthy', `${sentence}; fewer than the ${options.fewestEvents} events needed`, proof);
  }
  return proven('breached', sentence, proof);
}

function makeArms(options: ArmsOptions, sharing: number): Judge {
  return {
    windows(deployment, now, period) {
      const start = tickZero(deployment.startedAt, period);
      return [{ from: start, to: Math.max(now, start) }];
    },
    judge: sameEvidence((evidence) => judged(options, options.alpha / sharing, evidence)),
  };
}

export const arms = defineJudge({
  kind: 'arms',
  description:
    'Clients on the new configuration fare worse than those on the old one: exact under any common incident.',
  options: armsOptions,
  create: makeArms,
});
