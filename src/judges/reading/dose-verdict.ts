/** What a dose judge says of a deployment, from the series it was shown. */
import { doubtOf } from '../../core/calibration.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Evidence } from '../../core/seams.ts';
import { formatDuration, iso } from '../../core/time.ts';
import type { Verdict } from '../../core/verdict.ts';
import { HISTORY_TICKS } from '../stats/defaults.ts';
import { ATTRIBUTION_TICKS, causeInWords, causeOf } from './cause.ts';
import { calibrationTold, logNeededAt, neededInWords } from './dose-calibrated.ts';
import { type DoseSoFar, doseTicksOf, FEWEST_HISTORY, followDose, zeroOf } from './dose-follower.ts';
import type { DoseSetup } from './dose-options.ts';
import { gridOf } from './grid.ts';
import { fallOf, levelAfter } from './level.ts';
import { memory } from './memory.ts';
import { isTold } from './metric.ts';
import { type MetricSoFar, newestTicks, readOn } from './metric-so-far.ts';
import {
  GONE_TICKS,
  goneVerdict,
  namesMissing,
  nothingRequested,
  proven,
  tooEarly,
  tooLittleHistory,
} from './verdicts.ts';
import { effectInWords, evidenceInWords, finite, percentInWords, ratioInWords } from './words.ts';

/** What is measured, as the sentence begins. */
export function subjectOf({ series }: Evidence, { metric, events, requests }: DoseSetup): string {
  const query = series[0]?.query ?? 'the metric';
  if (metric === 'gauge') return query;
  const counted = events ?? query;
  return requests === undefined ? counted : `${counted} per ${requests}`;
}

export interface DoseVerdict {
  readonly verdict: Verdict;
  /** Whether the evidence proves harm, whatever may be done about it. */
  readonly harm: boolean;
  /** What it was judged by; absent while there was nothing to judge. */
  readonly judged?: { readonly metric: MetricSoFar; readonly exposure: number };
}

const TICKS_TOLD = 15;

interface After {
  readonly metric: MetricSoFar;
  /** When nobody was exposed any more. */
  readonly fall: number;
  readonly following: DoseSoFar | undefined;
}

function proofOf(evidence: Evidence, setup: DoseSetup, alpha: number, following: DoseSoFar): JsonObject {
  const { reading } = following.dose;
  const { grid } = following.metric;
  const first = Math.max(0, grid.during - TICKS_TOLD);
  const { calibration } = evidence;
  return {
    query: evidence.series[0]?.query ?? '',
    periodMs: grid.period,
    metric: setup.metric,
    harm: setup.harm,
    ...(reading.effect === undefined
      ? {}
      : {
          effect: finite(reading.effect.rateRatio),
          effectLow: finite(reading.effect.low),
          effectHigh: finite(reading.effect.high),
        }),
    logEvidence: finite(reading.logEvidence),
    logNeeded: logNeededAt(calibration, alpha, grid.during - 1),
    alpha,
    exposure: following.exposure,
    calibration: calibrationTold(calibration),
    ticks: doseTicksOf(following, setup, first).map((tick, index) => ({
      at: iso(zeroOf(grid) + (first + index) * grid.period),
      value: finite(tick.value),
      requests: finite(tick.requests),
      exposure: tick.exposure,
    })),
  };
}

/** Why evidence is not enough by itself; undefined when it is. */
function tooSmall(setup: DoseSetup, { dose, events }: DoseSoFar): string | undefined {
  const ratio = dose.reading.effect?.rateRatio ?? 1;
  const factor = setup.harm === 'up' ? ratio : 1 / ratio;
  if (factor < setup.smallestEffect) return `the effect is below the ${setup.smallestEffect}× that is worth a stop`;
  if (setup.metric === 'gauge' || setup.harm === 'down') return undefined;
  return events < setup.fewestEvents ? `it rests on ${events} events, of ${setup.fewestEvents} needed` : undefined;
}

/** The sentence: effect, evidence, exposure. */
function sentenceOf(subject: string, setup: DoseSetup, needed: string, { dose, exposure }: DoseSoFar): string {
  const { effect, logEvidence } = dose.reading;
  const than = setup.harm === 'up' ? 'higher than expected' : 'what was expected';
  const told = effect === undefined ? subject : `${subject} per exposed client ${effectInWords(effect)} ${than}`;
  return `${told}; evidence ${evidenceInWords(logEvidence)} against ${needed}; ${percentInWords(exposure)} exposed`;
}

/** After the rollback the evidence stands, and the questions are others: is the metric back, and what was it. */
function afterwards(evidence: Evidence, setup: DoseSetup, alpha: number, { metric, fall, following }: After): Verdict {
  const { grid } = metric;
  const since = (at: number) => Math.max(0, Math.ceil((at - zeroOf(grid)) / grid.period));
  const subject = subjectOf(evidence, setup);
  const after = metric.ticks.slice(since(fall + setup.poll), grid.during);
  const level = levelAfter(setup.metric, metric.history, after);
  if (level === undefined || grid.during - since(fall) < ATTRIBUTION_TICKS) {
    return { kind: 'inconclusive', because: `${subject}: too few periods since the rollback at ${iso(fall)}` };
  }
  const factor = setup.harm === 'up' ? level.ratio : 1 / level.ratio;
  const still = factor >= setup.smallestEffect && !level.byChance;
  const because = `${subject} is ${ratioInWords(level.ratio)}× what it was before the deployment, in the last ${level.ticks} periods of ${formatDuration(grid.period)} after the rollback`;
  // What was needed when it fell: more evidence cannot come after that.
  const logNeeded = logNeededAt(evidence.calibration, alpha, Math.min(since(fall), grid.during - 1));
  const proven = following !== undefined && following.dose.reading.logEvidence >= logNeeded;
  const cause = proven ? causeOf(evidence.deployment, grid.period, following, setup) : undefined;
  const kind = still ? 'breached' : 'healthy';
  if (cause === undefined) return { kind, because };
  const { attribution, logBayesFactor } = cause;
  return {
    kind,
    because: `${because}; ${causeInWords(cause)}`,
    evidence: { attribution, logBayesFactor: finite(logBayesFactor) },
  };
}

/** What is kept of a deployment between two looks. */
interface Kept {
  readonly metric: MetricSoFar;
  readonly following: DoseSoFar | undefined;
}

/** Judges by dose; `alpha` is this rule's part of its policy's. */
export function doseJudgement(setup: DoseSetup, alpha: number): (evidence: Evidence) => DoseVerdict {
  const known = memory<Kept>();
  const only = (verdict: Verdict): DoseVerdict => ({ verdict, harm: false });
  return (evidence) => {
    const [series] = evidence.series;
    const { deployment, now } = evidence;
    const grid = gridOf(series, deployment.startedAt);
    if (series === undefined || grid === undefined || grid.during === 0) return only(tooEarly(evidence));
    const before = known.get(deployment.ref);
    const metric = readOn(before?.metric, series, setup, grid);
    known.put(deployment.ref, now, { metric, following: before?.following });
    const gone = goneVerdict(evidence, newestTicks(metric, GONE_TICKS).map(isTold), grid.during);
    if (gone !== undefined && (metric.missing.length === 0 || series.points.length === 0)) return only(gone);
    if (metric.missing.length > 0) return only(namesMissing(evidence, metric.missing));
    const fall = fallOf(deployment);
    const tooLittle = () => only(tooLittleHistory(evidence, metric.told, FEWEST_HISTORY, HISTORY_TICKS));
    if (metric.told < FEWEST_HISTORY && fall === undefined) return tooLittle();
    const following = followDose(setup, before?.following, deployment, metric, evidence.calibration);
    known.put(deployment.ref, now, { metric, following });
    if (fall !== undefined) return only(afterwards(evidence, setup, alpha, { metric, fall, following }));
    if (following === undefined) return metric.told < FEWEST_HISTORY ? tooLittle() : only(nothingRequested(evidence));
    const proof = () => proofOf(evidence, setup, alpha, following);
    const judged = { metric, exposure: following.exposure };
    const say = (kind: 'healthy' | 'breached' | 'inconclusive', because: string, harm = false): DoseVerdict => ({
      verdict: proven(kind, because, proof),
      harm,
      judged,
    });
    const subject = subjectOf(evidence, setup);
    if (following.dose.reading.effect === undefined) {
      return only(proven('inconclusive', `${subject}: nobody has the new configuration yet`, proof));
    }
    const logNeeded = logNeededAt(evidence.calibration, alpha, grid.during - 1);
    const needed = `${evidenceInWords(logNeeded)} ${neededInWords(evidence.calibration)}`;
    const sentence = sentenceOf(subject, setup, needed, following);
    if (!(following.dose.reading.logEvidence >= logNeeded)) return say('healthy', sentence);
    const small = tooSmall(setup, following);
    if (small !== undefined) return say('healthy', `${sentence}; ${small}`);
    const doubt = doubtOf(evidence.calibration);
    if (doubt === undefined) return say('breached', sentence, true);
    if (setup.uncalibrated === 'stop') return say('breached', `${sentence}; ${doubt}`, true);
    return say('inconclusive', `${sentence}; ${doubt}, so it only advises`, true);
  };
}
