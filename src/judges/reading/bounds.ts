/** Whether too many of the last datapoints lie outside of bounds: what `threshold` and `anomaly-band` have in common. */
import type { JsonBytes } from '../../core/json-bytes.ts';
import type { Evidence, Judge } from '../../core/seams.ts';
import type { Series } from '../../core/series.ts';
import { type Duration, formatDuration, iso } from '../../core/time.ts';
import type { Verdict } from '../../core/verdict.ts';
import { type EvidenceWriter, evidenceWriter, writtenVerdict } from '../../core/written-evidence.ts';
import { writeBoundsEvidence } from './bounds-evidence.ts';
import { boundsInWords, lateBreaches, numbersInWords } from './bounds-in-words.ts';
import { type Bounds, type Reading, readings } from './readings.ts';
import { counted, type Standing, standingOf } from './standing.ts';
import { sentence } from './words.ts';

export const BREACHING = /^([1-9]\d{0,2}) of ([1-9]\d{0,2})$/;

/** Datapoints a verdict carries beyond the N it rests on; the journal has the earlier ones in earlier verdicts. */
const PROVING_BEFORE = 5;

/** M and N of "M of N". */
interface Counts {
  readonly need: number;
  readonly of: number;
}

export function countsOf(text: string): Counts {
  const match = BREACHING.exec(text);
  return { need: Number(match?.[1]), of: Number(match?.[2]) };
}

/** What is held against bounds, and how many datapoints must be outside of them. */
export interface BoundsOptions extends Bounds {
  /** "M of N". */
  readonly breaching: string;
  readonly warmup?: Duration | undefined;
  readonly recovery: number;
}

/** What is the same for all verdicts of a judge. */
interface Terms {
  readonly options: BoundsOptions;
  readonly counts: Counts;
  /** The bounds in words. */
  readonly limits: string;
}

/**
 * Reads once more when it is written down: thousands of verdicts wait for that, and hold no readings meanwhile. Nor the
 * evidence, which is two objects more of each.
 */
class Proof implements EvidenceWriter {
  readonly #terms: Terms;
  readonly #deployment: Evidence['deployment'];
  readonly #now: Evidence['now'];
  readonly #series: Series | undefined;
  readonly #noData: Evidence['noData'];
  readonly #preExisting: Evidence['preExisting'];
  readonly #settle: Evidence['settle'];

  constructor(terms: Terms, { deployment, now, series, noData, preExisting, settle }: Evidence) {
    this.#terms = terms;
    this.#deployment = deployment;
    this.#now = now;
    this.#series = series[0];
    this.#noData = noData;
    this.#preExisting = preExisting;
    this.#settle = settle;
  }

  /** Whether it is what these terms make of this evidence, which has the same series. */
  isOf(terms: Terms, { deployment, noData, preExisting }: Evidence): boolean {
    return (
      this.#terms === terms &&
      this.#deployment === deployment &&
      this.#noData === noData &&
      this.#preExisting === preExisting
    );
  }

  write(to: JsonBytes): void {
    const { options, counts } = this.#terms;
    const evidence = this.#evidence();
    const proving = readings(evidence, options, options.warmup ?? 0, counts.of + PROVING_BEFORE);
    writeBoundsEvidence(to, evidence, options, counts, proving);
  }

  #evidence(): Evidence {
    return {
      deployment: this.#deployment,
      now: this.#now,
      series: this.#series === undefined ? [] : [this.#series],
      noData: this.#noData,
      preExisting: this.#preExisting,
      settle: this.#settle,
    };
  }
}

/**
 * Most polls bring nothing new: the same series of the same deployment means the same. One table for all judges, since
 * one of its own takes more memory than the verdict; of two judges of one series the later one's stays.
 */
const judged = new WeakMap<Series, Verdict>();

function judgedBefore(terms: Terms, series: Series, evidence: Evidence): Verdict | undefined {
  const verdict = judged.get(series);
  const proof = verdict && evidenceWriter(verdict);
  return proof instanceof Proof && proof.isOf(terms, evidence) ? verdict : undefined;
}

/** The sentence for a standing; each names what was measured, so that a person can check it. */
function verdictOf(terms: Terms, evidence: Evidence, all: readonly Reading[], standing: Standing): Verdict {
  const { limits, counts } = terms;
  const { need, of } = counts;
  const series = evidence.series[0];
  const query = series?.query ?? 'the metric';
  const proof = new Proof(terms, evidence);
  // What does not count is in the record, and would only confuse the sentence.
  const counting = counted(all, evidence.preExisting);
  const period = formatDuration(series?.period ?? 0);
  switch (standing.kind) {
    case 'breached': {
      const because = sentence`${query} ${limits}: ${standing.breaches} of the last ${of} datapoints of ${period} (${need} needed): ${lateBreaches(evidence, counting, standing.breaches)}`;
      return writtenVerdict('breached', because, proof);
    }
    case 'pre-existing': {
      const because = sentence`${query} was already ${limits} before the deployment started at ${iso(evidence.deployment.startedAt)} and has not recovered since: ${numbersInWords(all)}`;
      return writtenVerdict('inconclusive', because, proof);
    }
    case 'healthy': {
      const because = sentence`${query} not ${limits} in ${standing.fine} of the last ${of} datapoints of ${period}: ${numbersInWords(counting)}`;
      return writtenVerdict('healthy', because, proof);
    }
    case 'inconclusive': {
      const because =
        standing.missing > 0
          ? sentence`${query} has no datapoint for ${standing.missing} of the last ${of} periods of ${period}: ${numbersInWords(counting)}`
          : sentence`${query} has ${standing.fine + standing.breaches} of ${of} settled datapoints of ${period} since the deployment started: ${numbersInWords(counting)}`;
      return writtenVerdict('inconclusive', because, proof);
    }
  }
}

/**
 * Breached when at least M of the last N periods breach. Only whole periods that begin after the start of the
 * deployment (and its warmup) count; with `preExisting: stop` those before it count as well. A missing datapoint counts
 * as the rule's `noData` says; while breaches plus missing ones could make M, the verdict is inconclusive.
 */
export function boundsJudge(options: BoundsOptions, limits = boundsInWords(options)): Judge {
  const counts = countsOf(options.breaching);
  const { need, of } = counts;
  const terms = { options, counts, limits };
  const warmup = options.warmup ?? 0;
  return {
    windows(deployment, now, period) {
      const start = Math.floor(deployment.startedAt / period) * period;
      return [{ from: start - of * period, to: Math.max(now, start) }];
    },
    judge(evidence) {
      const [series] = evidence.series;
      const before = series && judgedBefore(terms, series, evidence);
      if (before !== undefined) return before;
      const all = readings(evidence, options, warmup);
      const standing = standingOf(all, { need, of, recovery: options.recovery, preExisting: evidence.preExisting });
      const verdict = verdictOf(terms, evidence, all, standing);
      if (series !== undefined) judged.set(series, verdict);
      return verdict;
    },
  };
}
