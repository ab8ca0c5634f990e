/**
 * Error counts that are made up: the rate drifts and is bursty, traffic has its day, and what was expected of each tick is
 * known, so that an oracle can say what any judge could have reached at best.
 */
import { at } from '../../src/judges/stats/ticks.ts';
import type { BenchSet } from './dataset.ts';
import { type Chance, chanceOf } from './random.ts';
import type { BenchSeries } from './trial.ts';
import { drawPlacements, eventsAdded, type Trials, trialsAt } from './trials.ts';

const DAY = 1_440;
const DAYS = 12;
/** Errors per request. */
const RATE = 0.005;
/** The log rate wanders by this much around its middle, over so many ticks. */
const DRIFT = { sd: 0.15, ticks: 360 };
/** How unevenly each tick's errors come. */
const TICK_SD = 0.1;
/** Now and then errors are so many times more, for so many ticks, once in so many ticks. */
const BURST = { times: 2.5, ticks: 3, every: 700 };
/** Traffic at its peak over its mean. */
const DAILY = 0.4;

function expectedRates(ticks: number, chance: Chance): readonly number[] {
  const keep = Math.exp(-1 / DRIFT.ticks);
  let drift = DRIFT.sd * chance.normal();
  let burst = 0;
  return Array.from({ length: ticks }, () => {
    drift = keep * drift + DRIFT.sd * Math.sqrt(1 - keep ** 2) * chance.normal();
    burst = chance.uniform() < 1 / BURST.every ? Math.ceil(chance.exponential(BURST.ticks)) : Math.max(0, burst - 1);
    return RATE * Math.exp(drift) * chance.gamma(TICK_SD) * (burst > 0 ? BURST.times : 1);
  });
}

function syntheticSeries(requestsPerMinute: number, seed: number): BenchSeries {
  const chance = chanceOf(seed);
  const ticks = DAY * DAYS;
  const requests = Array.from({ length: ticks }, (_, tick) =>
    chance.poisson(requestsPerMinute * (1 + DAILY * Math.sin((2 * Math.PI * tick) / DAY))),
  );
  const expected = expectedRates(ticks, chance).map((rate, tick) => rate * at(requests, tick));
  const metric = expected.map((mean, tick) => ({ value: chance.poisson(mean), requests: at(requests, tick) }));
  const name = `${requestsPerMinute.toLocaleString('en')} requests a minute, seed ${seed}`;
  return { name, kind: 'counts', day: DAY, metric, labels: new Uint8Array(ticks), expected };
}

const SERIES = 4;
const RATIOS = [2, 5, 20];

/** Tiers of traffic, each with some series of its own. */
export function syntheticSets(): readonly BenchSet[] {
  return [120, 2_000, 40_000].map((requests) => ({
    name: `synthetic, ${requests.toLocaleString('en')} requests a minute`,
    ratios: RATIOS,
    series: Array.from({ length: SERIES }, (_, index) => String(index + 1)),
    trials(one, ratios = RATIOS) {
      const seed = requests + Number(one);
      const series = syntheticSeries(requests, seed);
      return trialsAt(series, ratios, drawPlacements(series, ratios, chanceOf(seed + 7)));
    },
  }));
}

const PAIR_REQUESTS = 2_000;

/** Pairs of metrics that know nothing of each other, with the same deployments in both. */
export function syntheticPairs(): readonly (readonly [Trials, Trials])[] {
  return Array.from({ length: SERIES }, (_, index) => {
    const seed = PAIR_REQUESTS + index + 1;
    const one = syntheticSeries(PAIR_REQUESTS, seed);
    const other = syntheticSeries(PAIR_REQUESTS, seed + SERIES);
    const placements = drawPlacements(one, RATIOS, chanceOf(seed + 7));
    const added = eventsAdded(other, RATIOS, placements, chanceOf(seed + 8));
    return [trialsAt(one, RATIOS, placements), trialsAt(other, RATIOS, { ...placements, added })];
  });
}
