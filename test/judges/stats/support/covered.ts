/** How each function of the specification's vectors is asked of the kernels: arguments in, the answer in the vector's words. */
import { z } from 'zod';
import { ticksToStop } from '../../../../bench/rollback/metrics.ts';
import { armsPath } from '../../../../src/judges/stats/arms.ts';
import { attributionOf, attributionPath } from '../../../../src/judges/stats/attribution.ts';
import { calibrateEta } from '../../../../src/judges/stats/calibrate.ts';
import { fitCounts, withComponents } from '../../../../src/judges/stats/components.ts';
import { ADAPTIVE_MEMORY, ETAS, LOG_CAP } from '../../../../src/judges/stats/defaults.ts';
import { MIX_MEMORIES, runDose } from '../../../../src/judges/stats/dose-mix.ts';
import { rateRatioPath } from '../../../../src/judges/stats/effect.ts';
import { firstAtLeast, logEvidencePath, logStop, stepCaps } from '../../../../src/judges/stats/evidence.ts';
import { exponentialExposure, linearExposure, tickAverageExposure } from '../../../../src/judges/stats/exposure.ts';
import { metricTicks } from '../../../../src/judges/stats/filter.ts';
import { harmRatio } from '../../../../src/judges/stats/let-through.ts';
import { doseTicks, ratioIncrements } from '../../../../src/judges/stats/likelihood-ratio.ts';
import { mannWhitney, mannWhitneyHarmful } from '../../../../src/judges/stats/mann-whitney.ts';
import { mixLogEvidence, mixRateRatio } from '../../../../src/judges/stats/mix.ts';
import { negativeBinomialLogDensity, winsorLimit } from '../../../../src/judges/stats/negative-binomial.ts';
import { placebosOf } from '../../../../src/judges/stats/placebo.ts';
import { allowedAlarms, eligibleStarts, spreadStarts } from '../../../../src/judges/stats/placebo-starts.ts';
import { studentTLogDensity } from '../../../../src/judges/stats/student-t.ts';
import { baselineOf, calibrateThreshold, thresholdScores } from '../../../../src/judges/stats/threshold-score.ts';
import { at } from '../../../../src/judges/stats/ticks.ts';

export type Given = Readonly<Record<string, unknown>>;
export type Answer = unknown;

/** null is missing. */
const ticks = z.array(
  z
    .number()
    .nullable()
    .transform((value) => value ?? Number.NaN),
);
const numbers = z.array(z.number());
const alpha = z.number();
const kind = z.enum(['counts', 'gauge']);
const perTick = ticks.nullish().transform((values) => values ?? undefined);
const schedule = z.object({ duration: z.number(), growth_percent: z.number(), bake: z.number() });
const dose = z.object({
  kind,
  history: ticks,
  history_requests: perTick,
  values: ticks,
  requests: perTick,
  exposure: numbers,
  betas: numbers,
  alpha,
});
const component = dose.extend({ memory: numbers, eta: z.number(), caps: z.union([z.number(), numbers]).nullable() });

function exposures(nominal: readonly number[]): Answer {
  return { nominal, tick_average: tickAverageExposure(nominal) };
}

/** A fit in the reference's words. */
const snake = (fit: object) => ({ ...fit, log_likelihood: Reflect.get(fit, 'logLikelihood') });

function oneComponent(given: Given): Answer {
  const { caps, ...asked } = component.parse(given);
  const during = doseTicks(metricTicks(asked.values, asked.requests), asked.exposure);
  const history = metricTicks(asked.history, asked.history_requests);
  return withComponents(asked.kind, history, [asked.memory], ([only]) => {
    if (only === undefined) return undefined;
    const increments = ratioIncrements(only.filter, asked.betas, during);
    const path = logEvidencePath(increments, asked.eta, caps ?? LOG_CAP);
    return {
      fit: snake(only.fit),
      increments,
      log_evidence: path,
      rate_ratio: rateRatioPath(increments, asked.betas, asked.exposure),
      stop: firstAtLeast(path, logStop(asked.alpha)),
    };
  });
}

function mix(given: Given): Answer {
  const asked = dose.extend({ etas: numbers }).parse(given);
  const run = runDose(
    metricTicks(asked.history, asked.history_requests),
    doseTicks(metricTicks(asked.values, asked.requests), asked.exposure),
    { kind: asked.kind, memories: MIX_MEMORIES, etas: asked.etas, betas: asked.betas },
    { alpha: asked.alpha },
  );
  if (run === undefined) return { result: undefined };
  const [adaptive, anchored] = run.fits.map((fit, index) => ({
    fit: snake(fit),
    log_evidence: run.readings.map(({ parts }) => at(parts, index)),
  }));
  return {
    adaptive,
    anchored,
    log_evidence: run.readings.map(({ logEvidence }) => logEvidence),
    rate_ratio: run.readings.map(({ effect }) => effect?.rateRatio),
    stop: run.stop,
  };
}

function calibration(given: Given): Answer {
  const literal = z.object({ increments: z.array(z.array(numbers)), alpha }).safeParse(given);
  if (literal.success) return calibrateEta(literal.data.increments, literal.data.alpha);
  const replayed = z.object({
    kind,
    series: ticks,
    exposure: numbers,
    starts: numbers,
    memory: numbers,
    betas: numbers,
    alpha,
  });
  const { series, starts, memory, ...plan } = replayed.parse(given);
  const [placebos = []] = placebosOf(metricTicks(series), starts, { ...plan, memories: [memory] });
  const largest = (eta: number) => placebos.map((rows) => Math.max(...logEvidencePath(rows, eta)));
  return {
    ...calibrateEta(placebos, plan.alpha),
    alarms_per_eta: ETAS.map((eta) => largest(eta).filter((value) => value >= Math.log(100)).length),
    max_log_evidence_at_eta_1: largest(1),
  };
}

function threshold(given: Given): Answer {
  const shape = {
    previous_day: ticks,
    values: ticks,
    needed: z.number(),
    window: z.number(),
    direction: z.union([z.literal(1), z.literal(-1)]),
    z: z.number(),
  };
  const asked = z.object(shape).parse(given);
  const baseline = baselineOf(asked.previous_day);
  if (baseline === undefined) return { baseline, scores: undefined, stop: undefined };
  const scores = thresholdScores(asked.values, baseline, asked, asked.direction);
  return { baseline: [baseline.mean, baseline.sd], scores, stop: firstAtLeast(scores, asked.z) };
}

function arms(given: Given): Answer {
  const asked = z
    .object({
      new_events: ticks,
      new_trials: ticks,
      old_events: ticks,
      old_trials: ticks,
      ratios: numbers,
      phi: z.number(),
      alpha,
    })
    .parse(given);
  const path = armsPath(
    asked.new_events.map((events, tick) => ({
      fresh: { events, trials: at(asked.new_trials, tick) },
      old: { events: at(asked.old_events, tick), trials: at(asked.old_trials, tick) },
    })),
    asked,
  );
  return { log_evidence: path, stop: firstAtLeast(path, logStop(asked.alpha)) };
}

function ranks(given: Given): Answer {
  const shape = {
    new: ticks,
    old: ticks,
    alternative: z.enum(['greater', 'less', 'two-sided']),
    confidence: z.number(),
  };
  const { new: fresh, old, alternative, confidence } = z.object(shape).parse(given);
  const result = mannWhitney(fresh, old, alternative, confidence);
  if (result === undefined) return { result };
  const harmful = mannWhitneyHarmful(fresh, old, { confidence, tolerance: 0.25, minRatio: 1 });
  return { ...result, interval: [result.interval.low, result.interval.high], harmful };
}

function attributed(given: Given): Answer {
  const shape = {
    history: ticks,
    history_requests: perTick,
    counts: ticks,
    requests: perTick,
    actual_exposure: numbers,
    first_step: z.number(),
    last_step: z.number(),
  };
  const asked = z.object(shape).parse(given);
  const fit = fitCounts(metricTicks(asked.history, asked.history_requests), [ADAPTIVE_MEMORY])?.[0]?.fit;
  if (fit === undefined) return undefined;
  const during = doseTicks(metricTicks(asked.counts, asked.requests), asked.actual_exposure);
  const path = attributionPath(fit, during, { first: asked.first_step, last: asked.last_step });
  return { fit: snake(fit), log_bayes_factor: path, verdict: attributionOf(path.at(-1) ?? 0) };
}

export const COVERED: Readonly<Record<string, (given: Given) => Answer>> = {
  linear_exposure(given) {
    const { duration, growth_percent, bake } = schedule.parse(given);
    return exposures(linearExposure(duration, growth_percent, bake));
  },
  exponential_exposure(given) {
    const { duration, growth_percent, bake } = schedule.parse(given);
    return exposures(exponentialExposure(duration, growth_percent, bake));
  },
  step_caps: (given) => ({ caps: stepCaps(z.object({ exposure: numbers }).parse(given).exposure) }),
  threshold_scores: threshold,
  calibrate_threshold(given) {
    const asked = z.object({ placebo_max_scores: numbers, alpha }).parse(given);
    return { z: calibrateThreshold(asked.placebo_max_scores, asked.alpha) };
  },
  negative_binomial_log_density(given) {
    const { count, size, mean } = z.object({ count: z.number(), size: z.number(), mean: z.number() }).parse(given);
    return { logp: negativeBinomialLogDensity(count, size, mean), winsor_limit: winsorLimit(size, mean) };
  },
  student_t_log_density(given) {
    const { error, df, scale2 } = z.object({ error: z.number(), df: z.number(), scale2: z.number() }).parse(given);
    return { logp: studentTLogDensity(error, df, scale2) };
  },
  dose_mix: mix,
  'dose_counts_increments + log_evidence_path + posterior_rate_ratio': oneComponent,
  'dose_gauge_increments + log_evidence_path + posterior_rate_ratio': oneComponent,
  mix_log_evidence(given) {
    const { a, b, rr_a, rr_b } = z.object({ a: numbers, b: numbers, rr_a: ticks, rr_b: ticks }).parse(given);
    const parts = a.map((part, tick) => [part, at(b, tick)]);
    const path = parts.map(mixLogEvidence);
    const ratio = parts.map((part, tick) => mixRateRatio(part, [at(rr_a, tick), at(rr_b, tick)]));
    return { log_evidence: path, rate_ratio: ratio, stop: firstAtLeast(path, logStop()) };
  },
  log_evidence_path(given) {
    const asked = z
      .object({ increments: z.array(numbers), eta: z.number(), caps: z.union([z.number(), numbers]).nullable() })
      .parse(given);
    return { log_evidence: logEvidencePath(asked.increments, asked.eta, asked.caps ?? LOG_CAP) };
  },
  eligible_starts(given) {
    const {
      labels,
      clean_before: cleanBefore,
      ...span
    } = z
      .object({ labels: numbers, first: z.number(), last: z.number(), ticks: z.number(), clean_before: z.number() })
      .parse(given);
    return { eligible: eligibleStarts(labels, { ...span, cleanBefore }) };
  },
  spread_starts(given) {
    const { eligible_count, count } = z.object({ eligible_count: z.number(), count: z.number() }).parse(given);
    const starts = spreadStarts(
      Array.from({ length: eligible_count }, (_, index) => index),
      count,
    );
    return { first_10: starts.slice(0, 10), last: starts.at(-1), length: starts.length };
  },
  allowed_alarms(given) {
    const asked = z.object({ placebos: numbers, alpha }).parse(given);
    return { allowed: asked.placebos.map((placebos) => allowedAlarms(placebos, asked.alpha)) };
  },
  calibrate_eta: calibration,
  arms_log_evidence: arms,
  mann_whitney: ranks,
  attribution_log_bayes_factor: attributed,
  attribution: (given) => ({
    verdict: z.object({ log_bayes_factor: numbers }).parse(given).log_bayes_factor.map(attributionOf),
  }),
  harm_ratio(given) {
    const shape = { stop: z.number().nullable(), actual_exposure: numbers, nominal_exposure: numbers };
    const { stop, actual_exposure, nominal_exposure } = z.object(shape).parse(given);
    const tick = stop ?? undefined;
    return { harm_ratio: harmRatio(tick, actual_exposure), ticks_to_stop: ticksToStop(tick, nominal_exposure) };
  },
};
