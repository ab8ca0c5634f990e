/** Most polls bring nothing new: the same series of the same deployment means the same. */
import type { Evidence } from '../../core/seams.ts';
import type { Series } from '../../core/series.ts';
import type { Verdict } from '../../core/verdict.ts';

const isSame = (before: Evidence, after: Evidence): boolean =>
  before.deployment === after.deployment &&
  before.noData === after.noData &&
  before.preExisting === after.preExisting &&
  before.calibration === after.calibration &&
  before.series.length === after.series.length &&
  before.series.every((series, index) => series === after.series[index]);

/** The same judgement, remembered for each series it was made of. */
export function sameEvidence(judge: (evidence: Evidence) => Verdict): (evidence: Evidence) => Verdict {
  const judged = new WeakMap<Series, { readonly evidence: Evidence; readonly verdict: Verdict }>();
  return (evidence) => {
    const [series] = evidence.series;
    const before = series === undefined ? undefined : judged.get(series);
    if (before !== undefined && isSame(before.evidence, evidence)) return before.verdict;
    const verdict = judge(evidence);
    if (series !== undefined) judged.set(series, { evidence, verdict });
    return verdict;
  };
}
