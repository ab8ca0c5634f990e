/**
 * After a rollback: did the metric follow the exposure, or did an incident begin that only coincided? Counts only, and
 * never before the rollback: until then it blames the deployment about half the time.
 */
import { countFilter } from './count-filter.ts';
import type { CountFit } from './count-fit.ts';
import { COUNT_BETAS, LOG_CAP, STEP_SIZES } from './defaults.ts';
import type { DoseTick } from './likelihood-ratio.ts';
import { logMeanExp } from './log-sum.ts';
import { at } from './ticks.ts';

export interface IncidentSpan {
  /** First tick with nominal exposure above 0. */
  readonly first: number;
  /** Last tick of the planned deployment. */
  readonly last: number;
}

/** The factor on the base rate at a tick of a given exposure. */
type Hypothesis = (tick: number, exposure: number) => number;

const followsDose: readonly Hypothesis[] = COUNT_BETAS.map((beta) => (_, exposure) => 1 + beta * exposure);

function incidents({ first, last }: IncidentSpan): readonly Hypothesis[] {
  const begins = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  return begins.flatMap((begin) =>
    STEP_SIZES.map(
      (size): Hypothesis =>
        (tick) =>
          tick >= begin ? 1 + size : 1,
    ),
  );
}

/**
 * ln Bayes factor "follows the exposure : incident" of each tick, from the start of the deployment until now. The
 * exposure is the actual one, averaged over each tick, and includes the fall to 0 after the rollback. Every hypothesis
 * follows its own base rate; its ratio against no effect is clipped to ±ln 10 a tick. Source: this project.
 */
export function attributionPath(fit: CountFit, ticks: readonly DoseTick[], span: IncidentSpan): readonly number[] {
  const filter = countFilter(fit);
  const hypotheses = [...followsDose, ...incidents(span)];
  let none = filter.start;
  let beliefs = hypotheses.map(() => filter.start);
  let totals = hypotheses.map(() => 0);
  return ticks.map((tick, index) => {
    const base = filter.step(none, tick, 1);
    const steps = hypotheses.map((factor, h) =>
      filter.step(beliefs[h] ?? filter.start, tick, factor(index, tick.exposure)),
    );
    totals = steps.map(({ logDensity = 0 }, h) => {
      const ratio = base.logDensity === undefined ? 0 : logDensity - base.logDensity;
      return at(totals, h) + Math.min(LOG_CAP, Math.max(-LOG_CAP, ratio));
    });
    none = base.belief;
    beliefs = steps.map(({ belief }) => belief);
    const dose = totals.slice(0, followsDose.length);
    return logMeanExp(dose) - logMeanExp(totals.slice(followsDose.length));
  });
}

export type Attribution = 'deployment' | 'incident' | 'undecided';

/** What a ln Bayes factor is worth saying: nothing within a factor of 3. */
export function attributionOf(logBayesFactor: number): Attribution {
  if (logBayesFactor > Math.log(3)) return 'deployment';
  return logBayesFactor < -Math.log(3) ? 'incident' : 'undecided';
}
