/** Columns against the maps they stand for. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnOf, EMPTY, indexOf, replaced, since } from '../../src/lib/column.ts';

const instant = fc.integer({ min: 0, max: 20 });
const step = fc.record({ from: instant, length: instant, fresh: fc.array(fc.tuple(instant, fc.integer())) });

test('are what a map would be after the same answers and the same forgetting, oldest first', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), instant, (steps, oldest) => {
      let column = EMPTY;
      const map = new Map<number, number>();
      for (const { from, length, fresh } of steps) {
        const span = { from, to: from + length };
        const inside = new Map(fresh.filter(([at]) => at >= span.from && at < span.to));
        column = replaced(column, span, columnOf(inside));
        for (const at of map.keys()) if (at >= span.from && at < span.to) map.delete(at);
        for (const [at, value] of inside) map.set(at, value);
      }
      const kept = [...map].filter(([at]) => at >= oldest).sort(([a], [b]) => a - b);
      const { at, values } = since(column, oldest);
      expect(at.map((one, index) => [one, values[index]])).toEqual(kept);
      expect(indexOf(column, oldest)).toBe(map.size - kept.length);
    }),
  );
});
