/**
 * Forms of one component alone, whose evidence has to reach a bound that rises while the deployment goes on: early evidence of
 * strong harm is worth more than late evidence, and most of what is harmless comes to its highest late.
 */
import type { Increments } from './calibrate.ts';
import { LOG_CAP } from './defaults.ts';
import { logEvidencePath } from './evidence.ts';
import { type Form, type FormOptions, LEAST_EVIDENCE } from './form.ts';
import { calibrateThreshold } from './threshold-score.ts';
import type { Ticks } from './ticks.ts';

/** Places of the components among those of a placebo; the anchored one is between them. */
export const ADAPTIVE = 0;
export const LEARNT = 2;

const RISING_ETAS: readonly number[] = [1, 0.5, 0.25];
/** Powers of ten by which a bound may rise over the deployment. */
const RISES: readonly number[] = [0, 1, 2, 4];

/** How far a path comes above a bound that rises from 0. */
function highestAbove(path: Ticks, rise: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let tick = 0; tick < path.length; tick++) top = Math.max(top, (path[tick] ?? 0) - rise * tick);
  return top;
}

/** The forms of one component, given the increments of each placebo, all of them as long as the deployment is planned. */
function formsOfOne(placebos: readonly Increments[], alone: number, { alpha, caps = LOG_CAP }: FormOptions) {
  const ticks = Math.max(...placebos.map((rows) => rows.length));
  return RISING_ETAS.flatMap((eta) => {
    const paths = placebos.map((rows) => logEvidencePath(rows, eta, caps));
    return RISES.map((powers): Form => {
      const rise = (powers * Math.LN10) / ticks;
      const logNeeded = calibrateThreshold(
        paths.map((path) => highestAbove(path, rise)),
        alpha,
        LEAST_EVIDENCE,
      );
      return {
        name: alone === LEARNT ? 'learnt-rising' : 'adaptive-rising',
        etas: Array.from({ length: Math.max(alone, 1) + 1 }, (_, index) => (index === alone ? eta : 0)),
        ...{ logNeeded, rise, alone, met: true },
      };
    });
  });
}

/** Those of the learnt component, where there is one, then those of the adaptive component; each keeps to α by its bound. */
export function risingForms(components: readonly (readonly Increments[])[], options: FormOptions): readonly Form[] {
  return [LEARNT, ADAPTIVE].flatMap((alone) => {
    const placebos = components[alone] ?? [];
    return placebos.length === 0 ? [] : formsOfOne(placebos, alone, options);
  });
}
