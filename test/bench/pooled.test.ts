/** What several metrics say together in the rollback benchmark. */
import { expect, test } from 'vitest';
import { deploymentsOf, POOLED_JUDGES, pooledScore } from '../../bench/rollback/pooled.ts';
import { chanceOf } from '../../bench/rollback/random.ts';
import type { BenchSeries } from '../../bench/rollback/trial.ts';
import { drawPlacements, eventsAdded, type Trials, trialsAt } from '../../bench/rollback/trials.ts';

const DAY = 200;
const RATIOS = [2];

/** Errors of a steady service: 8 a tick. */
function steadySeries(seed: number): BenchSeries {
  const chance = chanceOf(seed);
  const metric = Array.from({ length: DAY * 8 }, () => ({ value: chance.poisson(8), requests: 4_000 }));
  return { name: 'steady', kind: 'counts', day: DAY, metric, labels: new Uint8Array(metric.length) };
}

function pairOf(one: BenchSeries, other: BenchSeries): readonly [Trials, Trials] {
  const placements = drawPlacements(one, RATIOS, chanceOf(3));
  const added = eventsAdded(other, RATIOS, placements, chanceOf(4));
  return [trialsAt(one, RATIOS, placements), trialsAt(other, RATIOS, { ...placements, added })];
}

const deployments = deploymentsOf(pairOf(steadySeries(1), steadySeries(2)));
const scores = new Map(POOLED_JUDGES.map((judge) => [judge.name, pooledScore(judge, deployments)]));
const scoreOf = (part: string) => Array.from(scores).find(([name]) => name.includes(part))?.[1];

test('the metrics of a deployment begin it at the same tick, and only what it harms differs', () => {
  const { placebos, harmless, harmingBoth, harmingOne } = deployments;
  for (const deployed of [placebos, harmless, ...harmingBoth, ...harmingOne].flat()) {
    expect(deployed).toHaveLength(2);
    expect(deployed[0]?.start).toBe(deployed[1]?.start);
  }
  expect(harmingOne.flat().every(([, other]) => other?.rateRatio === 1)).toBe(true);
  expect(harmingBoth.flat().every(([one, other]) => one?.rateRatio === 2 && other?.rateRatio === 2)).toBe(true);
  expect(harmingBoth.flat().every(([one, other]) => String(one?.actual) === String(other?.actual))).toBe(true);
});

test('a calibrated bound keeps the placebos of both metrics together to α', () => {
  for (const judge of POOLED_JUDGES.filter(({ name }) => name.includes('calibrated on both'))) {
    const stop = judge.learn(deployments.placebos);
    const stopped = deployments.placebos.filter((deployed) => stop(deployed) !== undefined).length;
    expect(stopped, judge.name).toBeLessThanOrEqual(5);
  }
});

test('harm to both metrics is found sooner by what they say together', () => {
  const [each, mean, product] = ['each metric', 'mean of their E, bound', 'product'].map(scoreOf);
  expect(mean?.harmOfBoth).toBeLessThan(each?.harmOfBoth ?? 0);
  expect(product?.harmOfBoth).toBeLessThan(mean?.harmOfBoth ?? 0);
  expect(each?.harmOfBoth).toBeLessThan(each?.harmOfOne ?? 0);
});

test('the first metric alone does not know what the other one says', () => {
  const alone = scoreOf('alone');
  expect(alone?.harmOfBoth).toBe(alone?.harmOfOne);
  expect([...scores.values()].every(({ falseStops }) => falseStops <= 0.03)).toBe(true);
});
