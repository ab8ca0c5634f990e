/** Judge `threshold`: too many of the last datapoints lie above or below a fixed bound. */
import { z } from 'zod';
import type { JsonObject } from '../../core/json.ts';
import type { Evidence, Judge } from '../../core/seams.ts';
import type { Series } from '../../core/series.ts';
import { formatDuration, iso } from '../../core/time.ts';
import type { Verdict } from '../../core/verdict.ts';
import { durationSchema } from '../../lib/schema.ts';
import { defineJudge } from '../../plugin.ts';
import { type Bounds, boundsInWords, evidenceOf, lateBreaches, numbersInWords } from './explain.ts';
import { type Reading, readings } from './readings.ts';
import { counted, type Standing, standingOf } from './standing.ts';

const BREACHING = /^([1-9]\d{0,2}) of ([1-9]\d{0,2})$/;

/** M and N of "M of N". */
interface Counts {
  readonly need: number;
  readonly of: number;
}

function countsOf(text: string): Counts {
  const match = BREACHING.exec(text);
  return { need: Number(match?.[1]), of: Number(match?.[2]) };
}

const thresholdOptions = z
  .strictObject({
    kind: z.literal('threshold'),
    above: z.number().optional().describe('A datapoint above this breaches.'),
    below: z.number().optional().describe('A datapoint below this breaches.'),
    breaching: z
      .string()
      .regex(BREACHING, { error: 'expected "M of N", such as 2 of 3', abort: true })
      .refine(
        (text) => countsOf(text).need <= countsOf(text).of,
        'expected M of N with M no larger than N, such as 2 of 3',
      )
      .default('2 of 3')
      .describe('How many of the last datapoints must breach: "M of N".'),
    warmup: durationSchema
      .optional()
      .describe('Datapoints that begin in this time after the start of the deployment do not count.'),
    recovery: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('A breach ends when fewer than M of the last N breach and this many in a row are within the bounds.'),
  })
  .refine((options) => options.above !== undefined || options.below !== undefined, {
    message: 'expected `above`, `below` or both',
  })
  .refine((options) => options.above === undefined || options.below === undefined || options.below < options.above, {
    path: ['below'],
    message: 'expected `below` to be less than `above`: a datapoint breaches when it is outside of the two',
  });

type ThresholdOptions = z.output<typeof thresholdOptions>;

/**
 * The numbers behind a verdict are put together when they are written down: most of ten thousand verdicts are held from
 * one minute to the next, and nobody reads them a second time.
 */
function proven<Kind extends Standing['kind'] & Verdict['kind']>(
  kind: Kind,
  because: string,
  proof: () => JsonObject,
): { readonly kind: Kind; readonly because: string; readonly evidence: JsonObject } {
  return {
    kind,
    because,
    get evidence() {
      return proof();
    },
  };
}

/** The sentence for a standing; each names what was measured, so that a person can check it. */
function verdictOf(
  options: ThresholdOptions,
  { need, of }: Counts,
  evidence: Evidence,
  all: readonly Reading[],
  standing: Standing,
): Verdict {
  const series = evidence.series[0];
  const query = series?.query ?? 'the metric';
  const bounds: Bounds = options;
  const limits = boundsInWords(bounds);
  let read: readonly Reading[] | undefined = all;
  const proof = () => {
    const known = read ?? readings(evidence, options, options.warmup ?? 0);
    read = undefined;
    return evidenceOf(evidence, bounds, { need, of }, known);
  };
  // What does not count is in the record, and would only confuse the sentence.
  const counting = counted(all, evidence.preExisting);
  const period = formatDuration(series?.period ?? 0);
  switch (standing.kind) {
    case 'breached': {
      const because = `${query} ${limits}: ${standing.breaches} of the last ${of} datapoints of ${period} (${need} needed): ${lateBreaches(evidence, counting, standing.breaches)}`;
      return proven('breached', because, proof);
    }
    case 'pre-existing': {
      const because = `${query} was already ${limits} before the deployment started at ${iso(evidence.deployment.startedAt)} and has not recovered since: ${numbersInWords(all)}`;
      return proven('inconclusive', because, proof);
    }
    case 'healthy': {
      const because = `${query} not ${limits} in ${standing.fine} of the last ${of} datapoints of ${period}: ${numbersInWords(counting)}`;
      return proven('healthy', because, proof);
    }
    case 'inconclusive': {
      const because =
        standing.missing > 0
          ? `${query} has no datapoint for ${standing.missing} of the last ${of} periods of ${period}: ${numbersInWords(counting)}`
          : `${query} has ${standing.fine + standing.breaches} of ${of} settled datapoints of ${period} since the deployment started: ${numbersInWords(counting)}`;
      return proven('inconclusive', because, proof);
    }
  }
}

/**
 * Breached when at least M of the last N periods breach. Only whole periods that begin after the start of the
 * deployment (and its warmup) count; with `preExisting: stop` those before it count as well. A missing datapoint counts
 * as the rule's `noData` says; while breaches plus missing ones could make M, the verdict is inconclusive.
 */
function makeThreshold(options: ThresholdOptions): Judge {
  const { need, of } = countsOf(options.breaching);
  const warmup = options.warmup ?? 0;
  /** Most polls bring nothing new: the same series of the same deployment means the same. */
  const judged = new WeakMap<Series, { readonly evidence: Evidence; readonly verdict: Verdict }>();
  const isSame = (before: Evidence, after: Evidence) =>
    before.deployment === after.deployment &&
    before.noData === after.noData &&
    before.preExisting === after.preExisting;
  return {
    windows(deployment, now, period) {
      const start = Math.floor(deployment.startedAt / period) * period;
      return [{ from: start - of * period, to: Math.max(now, start) }];
    },
    judge(evidence) {
      const [series] = evidence.series;
      const before = series === undefined ? undefined : judged.get(series);
      if (before !== undefined && isSame(before.evidence, evidence)) return before.verdict;
      const all = readings(evidence, options, warmup);
      const standing = standingOf(all, { need, of, recovery: options.recovery, preExisting: evidence.preExisting });
      const verdict = verdictOf(options, { need, of }, evidence, all, standing);
      if (series !== undefined) judged.set(series, { evidence: { ...evidence, series: [] }, verdict });
      return verdict;
    },
  };
}

export const threshold = defineJudge({
  kind: 'threshold',
  description: 'Too many of the last datapoints lie above or below a fixed bound.',
  options: thresholdOptions,
  create: makeThreshold,
});
