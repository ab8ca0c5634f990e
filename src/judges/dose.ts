/** Judge `dose`: whether a metric moves as the exposure does, and by how much on an exposed client. */
import { z } from 'zod';
import type { Evidence, Judge } from '../core/seams.ts';
import type { Verdict } from '../core/verdict.ts';
import { once } from '../lib/once.ts';
import { defineJudge } from '../plugin.ts';
import { calibrateDose, calibrationWindow, placeboPlaces } from './reading/dose-calibration.ts';
import { type DoseSetup, doseOptions as shared } from './reading/dose-options.ts';
import { doseJudgement } from './reading/dose-verdict.ts';
import { tickZero } from './reading/grid.ts';
import { outdatedFor, withLevel } from './reading/level-range.ts';
import { isShapely, SHAPE_PROBLEM } from './reading/metric.ts';
import { sameEvidence } from './reading/same.ts';
import { HISTORY_TICKS } from './stats/defaults.ts';
import { prepareSpecial } from './stats/special.ts';

const doseOptions = once(() =>
  z
    .strictObject({ kind: z.literal('dose'), ...shared() })
    .refine(isShapely, { path: ['metric'], message: SHAPE_PROBLEM }),
);

function makeDose(setup: DoseSetup, sharing: number): Judge {
  const alpha = setup.alpha / sharing;
  const judgement = doseJudgement(setup, alpha);
  const judge = sameEvidence((evidence: Evidence): Verdict => judgement(evidence).verdict);
  return {
    prepare: prepareSpecial,
    windows(deployment, now, period) {
      const start = tickZero(deployment.startedAt, period);
      return [{ from: start - HISTORY_TICKS * period, to: Math.max(now, start) }];
    },
    judge,
    calibration: {
      window: calibrationWindow(setup.history),
      measure(history) {
        const places = placeboPlaces(history, setup);
        if (typeof places === 'string') return { kind: 'uncalibrated', because: places };
        return withLevel(calibrateDose(setup, places, { alpha }, history.now), places, setup);
      },
      outdated: outdatedFor(setup),
    },
  };
}

export const dose = defineJudge({
  kind: 'dose',
  description: 'The metric moves as the share of exposed clients does: finds harm that is diluted.',
  options: doseOptions,
  create: makeDose,
});
