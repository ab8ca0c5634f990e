/** The numbers the specification fixes for every judge: levels, grids, lengths. */

/** A deployment is stopped when the evidence E reaches 1 / ALPHA. */
export const ALPHA = 0.01;

/** The largest gain of log evidence by one tick: no single tick can stop a deployment. */
export const LOG_CAP = Math.log(10);

/** The cap on ticks of an exposure step, for metrics that blip harmlessly after each (cold caches). */
export const STEP_LOG_CAP = Math.log(2);

/** Ticks of history each fit looks at. */
export const HISTORY_TICKS = 180;

/** Discounts per tick (ω of counts, δ of gauges) a component may choose from; memory is about 1 / (1 − discount) ticks. */
export const ADAPTIVE_MEMORY: readonly number[] = [0.8, 0.9, 0.95, 0.98, 0.995];
/** Keeps the old level and so finds slow rises. */
export const ANCHORED_MEMORY: readonly number[] = [0.995];
/** For one component alone where no history allows a calibration. */
export const FALLBACK_MEMORY: readonly number[] = [0.7, 0.8, 0.9, 0.95, 0.98, 0.995];

/** Overdispersion of counts: counts and requests are divided by φ. */
export const PHIS: readonly number[] = [1, 1.5, 2, 3, 5, 8, 13, 21, 34, 55];

/** Relative effects β on an exposed client: counts and error rates of which a rise is bad. */
export const COUNT_BETAS: readonly number[] = [0.25, 0.5, 1, 2, 4, 9, 19, 49];
/** Gauges of which a rise is bad. */
export const GAUGE_BETAS: readonly number[] = [0.1, 0.2, 0.5, 1, 2, 4, 9];
/** Any metric of which a drop is bad. */
export const DROP_BETAS: readonly number[] = [-0.1, -0.2, -0.35, -0.5, -0.7, -0.9];

/** Tempering powers, strongest evidence first. */
export const ETAS: readonly number[] = [
  1, 0.8, 0.64, 0.5, 0.4, 0.32, 0.25, 0.2, 0.16, 0.125, 0.1, 0.08, 0.064, 0.05, 0.04, 0.032, 0.025, 0.02,
];

/** Placebo deployments a calibration replays, when history has as many. */
export const PLACEBO_COUNT = 600;

/** Rate ratios "new arm : old arm" of which a rise is bad. */
export const ARMS_RATIOS: readonly number[] = [1.25, 1.5, 2, 3, 5, 10, 20, 50];

/** Attribution: a coincident incident multiplies the rate by 1 + size. */
export const STEP_SIZES: readonly number[] = [0.5, 1, 2, 4, 9];
