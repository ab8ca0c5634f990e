/** Judge `threshold-or-dose`: what a global metric is best judged by. Sudden harm passes a bound, diluted harm follows the exposure. */
import { z } from 'zod';
import { doubtOf } from '../../core/calibration.ts';
import type { Evidence, Judge } from '../../core/seams.ts';
import type { Verdict } from '../../core/verdict.ts';
import { once } from '../../lib/once.ts';
import { defineJudge } from '../../plugin.ts';
import { calibrateDose, calibrationWindow, placeboPlaces } from '../reading/dose-calibration.ts';
import { doseOptions } from '../reading/dose-options.ts';
import { type DoseVerdict, doseJudgement, subjectOf } from '../reading/dose-verdict.ts';
import { tickZero } from '../reading/grid.ts';
import { outdatedFor, withLevel } from '../reading/level-range.ts';
import { isShapely, SHAPE_PROBLEM } from '../reading/metric.ts';
import { sameEvidence } from '../reading/same.ts';
import { percentInWords } from '../reading/words.ts';
import { HISTORY_TICKS } from '../stats/defaults.ts';
import { prepareSpecial } from '../stats/special.ts';
import { calibrateScore, LOWEST_BOUND, newestScore, type OutOf, type Score, ticksOfDay } from './score.ts';

const orOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('threshold-or-dose'),
      ...doseOptions(),
      periods: z
        .int()
        .min(1)
        .max(10)
        .default(3)
        .describe(
          'Periods in a row that the threshold needs; its bound is 3 standard deviations of the day before, or what the placebos ask for.',
        ),
    })
    .refine(isShapely, { path: ['metric'], message: SHAPE_PROBLEM }),
);

type OrOptions = z.output<ReturnType<typeof orOptions>>;

const rounded = (value: number) => String(Number(value.toPrecision(4)));

function scoreInWords(
  subject: string,
  { periods, harm }: OrOptions,
  score: Score,
  bound: number,
  exposure: number,
): string {
  const side = harm === 'up' ? 'above' : 'below';
  const { value, baseline } = score;
  return `${subject} at least ${score.score.toFixed(1)} standard deviations ${side} the day before in ${periods} periods in a row (${bound.toFixed(1)} needed; ${rounded(value)} against a mean of ${rounded(baseline.mean)}); ${percentInWords(exposure)} exposed`;
}

/** One of both is enough where placebos showed that it is; both are needed where nobody knows. */
function either(evidence: Evidence, options: OrOptions, { verdict, harm, judged }: DoseVerdict): Verdict {
  if (judged === undefined || judged.exposure === 0) return verdict;
  const { metric, exposure } = judged;
  const outOf: OutOf = { needed: options.periods, window: options.periods };
  const score = newestScore(metric, outOf, options.harm === 'up' ? 1 : -1);
  const { calibration } = evidence;
  const bound = calibration?.kind === 'calibrated' ? (calibration.bound ?? LOWEST_BOUND) : LOWEST_BOUND;
  if (score === undefined || score.score < bound) return verdict;
  const sentence = scoreInWords(subjectOf(evidence, options), options, score, bound, exposure);
  const proof = verdict.kind === 'unknown' || verdict.evidence === undefined ? {} : { evidence: verdict.evidence };
  const both = `${sentence}; and ${verdict.because}`;
  const doubt = doubtOf(calibration);
  if (doubt === undefined || options.uncalibrated === 'stop') {
    return {
      kind: 'breached',
      because: harm ? both : doubt === undefined ? sentence : `${sentence}; ${doubt}`,
      ...proof,
    };
  }
  // Measured to be wrong too often is worse than not measured.
  if (harm && calibration?.kind !== 'calibrated') {
    return {
      kind: 'breached',
      because: `threshold and dose agree: ${both.replace(', so it only advises', '')}`,
      ...proof,
    };
  }
  return { kind: 'inconclusive', because: `${sentence}; ${doubt}, so it only advises`, ...proof };
}

function makeEither(options: OrOptions, sharing: number): Judge {
  const alpha = options.alpha / sharing;
  const judgement = doseJudgement(options, alpha);
  return {
    prepare: prepareSpecial,
    windows(deployment, now, period) {
      const start = tickZero(deployment.startedAt, period);
      return [{ from: start - Math.max(HISTORY_TICKS, ticksOfDay(period)) * period, to: Math.max(now, start) }];
    },
    judge: sameEvidence((evidence) => either(evidence, options, judgement(evidence))),
    calibration: {
      window: calibrationWindow(options.history),
      measure(history) {
        const { period } = history.series;
        const places = placeboPlaces(history, options, Math.max(HISTORY_TICKS, ticksOfDay(period)));
        if (typeof places === 'string') return { kind: 'uncalibrated', because: places };
        const outOf: OutOf = { needed: options.periods, window: options.periods };
        // Two parts may each stop what is harmless: each is calibrated at half.
        const { bound, stopped } = calibrateScore(places, outOf, options.harm === 'up' ? 1 : -1, alpha / 2);
        const dose = calibrateDose(
          options,
          places,
          { alpha: alpha / 2, stop: alpha, alsoStopped: stopped },
          history.now,
        );
        return withLevel(dose.kind === 'calibrated' ? { ...dose, bound } : dose, places, options);
      },
      outdated: outdatedFor(options),
    },
  };
}

export const thresholdOrDose = defineJudge({
  kind: 'threshold-or-dose',
  description: 'Either far above the day before, or following the exposure: the one to begin with for a global metric.',
  options: orOptions,
  create: makeEither,
});
