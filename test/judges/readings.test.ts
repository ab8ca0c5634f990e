/** What is read off a series is the same by its columns and by its points, and its newest are the last of all. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from '../../src/core/seams.ts';
import type { Series } from '../../src/core/series.ts';
import { boundsJudge } from '../../src/judges/reading/bounds.ts';
import { readings } from '../../src/judges/reading/readings.ts';
import { firstChanges } from '../../src/lib/changes.ts';
import { columnOf } from '../../src/lib/column.ts';
import { ColumnSeries } from '../../src/lib/column-series.ts';
import { linearAt, MINUTE, START } from './support/traffic.ts';

const minute = fc.integer({ min: -12, max: 20 });
const column = fc
  .uniqueArray(fc.tuple(minute, fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }))), {
    selector: ([at]) => at,
  })
  .map((all) => columnOf(all.map(([at, value]) => [START + at * MINUTE, value] as const)));

/** A series of columns, and the same one as plain points. */
const both = fc
  .record({
    points: column,
    errors: column,
    from: minute,
    length: fc.nat(20),
    settledUntil: minute,
    growing: fc.boolean(),
  })
  .map(({ points, errors, from, length, settledUntil, growing }) => {
    const span = { from: START + from * MINUTE, to: START + (from + length) * MINUTE };
    const held = { query: 'q', period: MINUTE, growing, points, inputs: [errors], named: [{ name: 'errors' }] };
    const columns = new ColumnSeries({ ...held, changes: firstChanges() }, span, START + settledUntil * MINUTE + 1);
    const { query, period } = columns;
    const plain: Series = {
      ...{ query, period, growing, from: columns.from, settledUntil: columns.settledUntil },
      ...{ points: columns.points, inputs: columns.inputs },
    };
    return { columns, plain };
  });

const evidenceOf = (series: Series): Evidence => ({
  ...{ deployment: linearAt(10), now: START + 20 * MINUTE, series: [series], settle: 0 },
  ...{ noData: 'inconclusive', preExisting: 'ignore' },
});

test('columns and points are read alike, and the newest of them are the last', () => {
  fc.assert(
    fc.property(both, fc.integer({ min: 1, max: 12 }), ({ columns, plain }, newest) => {
      const all = readings(evidenceOf(plain), { above: 1 }, MINUTE);
      expect(readings(evidenceOf(columns), { above: 1 }, MINUTE)).toEqual(all);
      expect(readings(evidenceOf(columns), { above: 1 }, MINUTE, newest)).toEqual(all.slice(-newest));
    }),
  );
});

test('a threshold says the same of both, with the same evidence', () => {
  fc.assert(
    fc.property(both, ({ columns, plain }) => {
      const judge = () => boundsJudge({ above: 1, breaching: '2 of 3', recovery: 3 });
      const [one, other] = [judge().judge(evidenceOf(columns)), judge().judge(evidenceOf(plain))];
      expect(one).toEqual(other);
    }),
  );
});

test('what begins at an instant is what the whole has from there on', () => {
  fc.assert(
    fc.property(both, minute, ({ columns, plain }, from) => {
      const at = START + from * MINUTE;
      const tail = columns.tail(at);
      expect(tail.points).toEqual(plain.points.filter((point) => point.at >= at));
      expect(tail.inputs).toEqual({ errors: plain.inputs.errors?.filter((point) => point.at >= at) });
    }),
  );
});
