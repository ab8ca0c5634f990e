import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exposureAt } from '../../src/core/deployment.ts';
import { JsonBytes } from '../../src/core/json-bytes.ts';
import type { Evidence } from '../../src/core/seams.ts';
import type { Point } from '../../src/core/series.ts';
import { evidenceWriter } from '../../src/core/written-evidence.ts';
import { canonicalJson } from '../../src/journal/chain.ts';
import { boundsJudge } from '../../src/judges/reading/bounds.ts';
import { readings } from '../../src/judges/reading/readings.ts';
import { linearAt, MINUTE, START } from './support/traffic.ts';

const bound = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined });
const points = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -6, max: 9 }), fc.oneof(fc.double(), fc.integer()), fc.boolean()), {
    selector: ([minute]) => minute,
  })
  .map((all): readonly Point[] =>
    all
      .toSorted(([a], [b]) => a - b)
      .map(([minute, value, settled]) => ({ at: START + minute * MINUTE, value, settled })),
  );

/** The same evidence put together as an object. */
function asObject(evidence: Evidence, options: { above?: number | undefined; below?: number | undefined }, of: number) {
  const kept = readings(evidence, options, 0).slice(-(of + 5));
  const from = kept[0]?.at ?? Number.POSITIVE_INFINITY;
  const iso = (at: number) => new Date(at).toISOString();
  const told = (all: readonly Point[]) =>
    all.filter(({ at }) => at >= from).map(({ at, value }) => ({ at: iso(at), value }));
  const [series] = evidence.series;
  return {
    query: series?.query ?? '',
    periodMs: series?.period ?? 0,
    ...options,
    breaching: `2 of ${of}`,
    exposure: exposureAt(evidence.deployment, evidence.now),
    points: kept.map(({ at, value, settled, state, side }) => ({
      ...{ at: iso(at), value: value ?? null, settled },
      ...{ counted: side === 'during', breaching: state === 'breaching' },
    })),
    inputs: Object.fromEntries(Object.entries(series?.inputs ?? {}).map(([name, all]) => [name, told(all)])),
  };
}

test('the evidence is written as the journal writes the object it stands for, each time', () => {
  fc.assert(
    fc.property(
      fc.record({ above: bound, below: bound }, { requiredKeys: [] }),
      points,
      fc.dictionary(fc.oneof(fc.string(), fc.integer().map(String)), points, { maxKeys: 4 }),
      fc.oneof(fc.string(), fc.string({ unit: 'binary' })),
      fc.integer({ min: -6, max: 9 }),
      (bounds, own, inputs, query, minutes) => {
        const now = START + minutes * MINUTE;
        const series = {
          ...{ query, from: START - 6 * MINUTE, period: MINUTE, points: own, growing: true, settledUntil: now, inputs },
        };
        const evidence: Evidence = {
          ...{ deployment: linearAt(minutes), now, series: [series], noData: 'inconclusive', preExisting: 'ignore' },
          settle: 0,
        };
        const verdict = boundsJudge({ ...bounds, breaching: '2 of 3', recovery: 3 }).judge(evidence);
        const expected = canonicalJson(asObject(evidence, bounds, 3));
        for (let time = 0; time < 2; time++) {
          const bytes = new JsonBytes();
          evidenceWriter(verdict)?.write(bytes);
          expect(new TextDecoder().decode(bytes.plain())).toBe(expected);
          expect(`"${new TextDecoder().decode(bytes.quoted())}"`).toBe(JSON.stringify(expected));
          expect(verdict).toHaveProperty('evidence', JSON.parse(expected));
          const { kind, because } = verdict;
          expect(JSON.parse(JSON.stringify(verdict))).toEqual({ kind, because, evidence: JSON.parse(expected) });
        }
      },
    ),
  );
});
