/** What has to be asked, against sets of minutes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { add, hull, missing } from '../../src/lib/spans.ts';
import { emptyHeld, toAsk } from '../../src/sources/cloudwatch/held.ts';
import { cloudwatchOptions } from '../../src/sources/cloudwatch/options.ts';
import { questionOf } from '../../src/sources/cloudwatch/question.ts';

const MINUTE = 60_000;
const NOW = 100 * MINUTE;
const LATE = 3;

const question = questionOf(
  cloudwatchOptions().parse({
    ...{ kind: 'cloudwatch', period: '60s', metrics: { m: { namespace: 'App', metric: 'Errors', stat: 'Sum' } } },
  }),
);

const span = fc
  .tuple(fc.nat({ max: 30 }), fc.integer({ min: 1, max: 10 }))
  .map(([from, length]) => ({ from: from * MINUTE, to: (from + length) * MINUTE }));
const asked = fc.record({ span, at: fc.constantFrom(NOW, NOW - 5 * MINUTE) });

test('is what neither is final nor was asked since anything settled, with the late periods before it', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 4 }), fc.array(asked, { maxLength: 4 }), span, (finals, live, stretch) => {
      const held = emptyHeld(question.key, question, 2 * MINUTE, NOW);
      held.final = finals.reduce<ReturnType<typeof add>>((spans, one) => add(spans, one), []);
      held.live = live;
      const current = live.filter(({ at }) => at === NOW);
      const known = current.reduce((spans, one) => add(spans, one.span), held.final);
      const gap = hull(missing(stretch, known));
      const earliest = Math.min(gap?.from ?? 0, held.final[0]?.from ?? Number.POSITIVE_INFINITY);
      const expected = gap && { from: Math.max(earliest, gap.from - LATE * MINUTE), to: gap.to };
      expect(toAsk(held, stretch, NOW)).toEqual(expected);
    }),
  );
});
