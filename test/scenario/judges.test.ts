/** What must not be stopped, and what must: the judges a user would choose, through the whole daemon and sandbox. */
import { randomLcg, randomPoisson } from 'd3-random';
import { expect, test } from 'vitest';
import { ERROR_RATE, policy } from './support/policy.ts';
import { type World, world } from './support/world.ts';

const REQUESTS = 2_000;
const RATE = 0.005;
const MINUTE = 60_000;
const ROLLOUT = { growth: 'LINEAR', factor: 10, minutes: 20, bakeMinutes: 10 } as const;
const DOSE = { kind: 'dose', metric: 'counts', events: 'errors', requests: 'requests', history: '12h' };
const METRICS = ERROR_RATE.source.metrics;
const ARMS = {
  name: 'arms',
  source: {
    ...ERROR_RATE.source,
    metrics: {
      ...METRICS,
      newErrors: { namespace: 'Shop', metric: 'NewErrors', stat: 'Sum' },
      newRequests: { namespace: 'Shop', metric: 'NewRequests', stat: 'Sum' },
    },
    expression: 'newErrors / newRequests - errors / requests',
  },
  judge: {
    kind: 'arms',
    new: { events: 'newErrors', trials: 'newRequests' },
    all: { events: 'errors', trials: 'requests' },
  },
};

interface Story {
  readonly seed: number;
  readonly rule: object;
  /** Requests a minute, an hour of the day in minutes. */
  readonly requests?: (minute: number) => number;
  /** Errors of everybody, and more on the new configuration. */
  readonly everybody?: (minute: number) => number;
  readonly ratio?: number;
  /** Minutes since the start without any datapoint. */
  readonly missing?: (minute: number) => boolean;
}

/** Twelve quiet hours, then a whole deployment or as much of it as is not stopped. */
async function played(story: Story): Promise<World> {
  const { requests = () => REQUESTS, everybody = () => 1, ratio = 1, missing = () => false } = story;
  const poisson = randomPoisson.source(randomLcg(story.seed / 100));
  const here = await world({
    silent: true,
    rollout: ROLLOUT,
    daemon: false,
    policy: policy({ rules: [story.rule], verify: { for: '0s' } }),
  });
  for (let ago = 12 * 60; ago > 0; ago--) {
    const at = here.clock.now() - ago * MINUTE;
    here.put('Requests', requests(-ago), at);
    here.put('Errors', poisson(requests(-ago) * RATE)(), at);
  }
  await here.restart();
  await here.shop.deploy({ flag: 'bad' });
  for (let minute = 0; minute < 36 && here.of('watch-released').length === 0; minute++) {
    const share = await here.shop.badShare();
    if (!missing(minute)) {
      const all = requests(minute);
      const rate = RATE * everybody(minute);
      const fresh = poisson(all * share * rate * ratio)();
      here.put('Requests', all);
      here.put('Errors', fresh + poisson(all * (1 - share) * rate)());
      here.put('NewRequests', all * share);
      here.put('NewErrors', fresh);
    }
    await here.clock.advance(MINUTE);
  }
  return here;
}

const dose = { ...ERROR_RATE, name: 'dose', judge: DOSE };

test('traffic that rises by the hour, with the same share of errors, is not stopped', async () => {
  const rises = (minute: number) => Math.round(REQUESTS * (1.5 + Math.sin((2 * Math.PI * minute) / 1_440)));
  for (const seed of [31, 32, 33]) {
    await using here = await played({ seed, rule: dose, requests: rises });
    expect(here.stopCalls(), `seed ${seed}`).toBe(0);
    expect(here.of('watch-released')[0]?.finalState).toBe('COMPLETE');
  }
}, 60_000);

test('an incident that everybody suffers fools dose, as documented, and not arms; harm does not pass arms', async () => {
  const everybody = (minute: number) => (minute >= 6 ? 4 : 1);
  await using fooled = await played({ seed: 41, rule: dose, everybody });
  expect(fooled.stopCalls()).toBe(1);
  await using calm = await played({ seed: 41, rule: ARMS, everybody });
  expect(calm.stopCalls()).toBe(0);
  await using harmed = await played({ seed: 41, rule: ARMS, ratio: 5 });
  expect(harmed.stopCalls()).toBe(1);
}, 60_000);

test('a blip of a minute at each step looks like a dose, and is let pass with settleAfterStep', async () => {
  const everybody = (minute: number) => (minute >= 2 && minute <= 20 && minute % 2 === 0 ? 2 : 1);
  const settled = { ...dose, judge: { ...DOSE, settleAfterStep: '60s' } };
  await using fooled = await played({ seed: 51, rule: dose, everybody });
  expect(fooled.stopCalls()).toBe(1);
  for (const seed of [51, 52, 53]) {
    await using here = await played({ seed, rule: settled, everybody });
    expect(here.stopCalls(), `seed ${seed}`).toBe(0);
  }
}, 60_000);

test('little traffic: nothing harmless is stopped, and a disaster is', async () => {
  const few = () => 120;
  for (const seed of [61, 62]) {
    await using here = await played({ seed, rule: dose, requests: few });
    expect(here.stopCalls(), `seed ${seed}`).toBe(0);
  }
  await using bad = await played({ seed: 63, rule: dose, requests: few, ratio: 50 });
  expect(bad.stopCalls()).toBe(1);
}, 60_000);

test('half of the minutes missing: harm is found all the same, and nothing else', async () => {
  const missing = (minute: number) => minute % 2 === 1;
  await using bad = await played({ seed: 71, rule: dose, ratio: 5, missing });
  expect(bad.stopCalls()).toBe(1);
  await using good = await played({ seed: 71, rule: dose, missing });
  expect(good.stopCalls()).toBe(0);
}, 60_000);
