/** The steps of a rollout. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rolloutSteps } from '../../src/sandbox/appconfig/rollout.ts';

const MINUTE = 60_000;
const shown = (type: 'LINEAR' | 'EXPONENTIAL', factor: number, durationMinutes: number) =>
  rolloutSteps({ type, factor, durationMinutes }).map(({ after, percentage }) => [after / MINUTE, percentage]);

describe('rolloutSteps', () => {
  it('follows the timetable of the user guide for 20 % over ten hours', () => {
    expect(shown('LINEAR', 20, 600)).toEqual([
      [120, 20],
      [240, 40],
      [360, 60],
      [480, 80],
      [600, 100],
    ]);
  });

  it('ends at 100 % where the factor does not divide it', () => {
    expect(shown('LINEAR', 40, 30)).toEqual([
      [10, 40],
      [20, 80],
      [30, 100],
    ]);
  });

  it('doubles for EXPONENTIAL', () => {
    expect(shown('EXPONENTIAL', 10, 20)).toEqual([
      [4, 10],
      [8, 20],
      [12, 40],
      [16, 80],
      [20, 100],
    ]);
  });

  it('is one step at once where there is no duration', () => {
    expect(shown('LINEAR', 10, 0)).toEqual([[0, 100]]);
  });

  it('rises to exactly 100 % at exactly the end, whatever the strategy', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('LINEAR' as const, 'EXPONENTIAL' as const),
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.integer({ min: 1, max: 1440 }),
        (type, factor, durationMinutes) => {
          const steps = rolloutSteps({ type, factor, durationMinutes });
          expect(steps.at(-1)).toEqual({ after: durationMinutes * MINUTE, percentage: 100 });
          for (const [index, step] of steps.entries()) {
            const before = steps[index - 1];
            expect(step.percentage).toBeGreaterThan(before?.percentage ?? 0);
            expect(step.after).toBeGreaterThan(before?.after ?? 0);
          }
        },
      ),
    );
  });
});
