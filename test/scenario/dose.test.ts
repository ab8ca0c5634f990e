/** A diluted fault, whole daemon and sandbox: the dose judge finds it before a threshold does, calibrated in a thread of its own. */
import { randomLcg, randomPoisson } from 'd3-random';
import { expect, test } from 'vitest';
import { ERROR_RATE, policy } from './support/policy.ts';
import { type World, type WorldOptions, world } from './support/world.ts';

const REQUESTS = 2_000;
const RATE = 0.005;
const MINUTE = 60_000;
const ROLLOUT = { growth: 'LINEAR', factor: 10, minutes: 20, bakeMinutes: 10 } as const;

const DOSE = { kind: 'dose', metric: 'counts', events: 'errors', requests: 'requests', history: '12h' };
const THRESHOLD = { ...ERROR_RATE.judge, above: 1, breaching: '3 of 3' };
const rule = (name: string, judge: object) => ({ ...ERROR_RATE, name, judge });

interface Traffic {
  readonly here: World;
  /** One minute of traffic; `times` is the factor on the errors of everybody. */
  minute(ratio: number, times?: number): Promise<void>;
}

/** A world with twelve hours of quiet traffic behind it. */
async function busyWorld(seed: number, options: WorldOptions): Promise<Traffic> {
  const poisson = randomPoisson.source(randomLcg(seed / 100));
  const here = await world({ silent: true, rollout: ROLLOUT, daemon: false, ...options });
  for (let ago = 12 * 60; ago > 0; ago--) {
    const at = here.clock.now() - ago * MINUTE;
    here.put('Requests', REQUESTS, at);
    here.put('Errors', poisson(REQUESTS * RATE)(), at);
  }
  await here.restart();
  return {
    here,
    async minute(ratio, times = 1) {
      const share = await here.shop.badShare();
      here.put('Requests', REQUESTS);
      here.put('Errors', poisson(REQUESTS * RATE * (1 + (ratio - 1) * share) * times)());
      await here.clock.advance(MINUTE);
    },
  };
}

function firstBreach(here: World, name: string) {
  const breach = here.of('rule-judged').find((event) => event.rule === name && event.verdict.kind === 'breached');
  const seen = here.of('deployment-observed').filter(({ at }) => at <= (breach?.at ?? 0));
  return breach === undefined ? undefined : { at: breach.at, exposure: seen.at(-1)?.snapshot.percentage ?? 0 };
}

test('a fivefold error rate is found earlier, and at less exposure, than by a threshold', async () => {
  for (const seed of [11, 12, 13, 14, 15]) {
    const both = policy({ mode: 'observe', rules: [rule('dose', DOSE), rule('threshold', THRESHOLD)] });
    const { here, minute } = await busyWorld(seed, { policy: both });
    await using _ = here;
    await here.shop.deploy({ flag: 'bad' });
    for (let passed = 0; passed < 28; passed++) await minute(5);
    const [dose, threshold] = [firstBreach(here, 'dose'), firstBreach(here, 'threshold')];
    expect(dose, `seed ${seed}`).toBeDefined();
    expect(dose?.at ?? 0, `seed ${seed}`).toBeLessThan(threshold?.at ?? Number.POSITIVE_INFINITY);
    expect(dose?.exposure ?? 100, `seed ${seed}`).toBeLessThanOrEqual(threshold?.exposure ?? 100);
    const told = here.of('rule-calibrated').map(({ rule, calibration }) => ({ rule, kind: calibration.kind }));
    expect(told).toEqual([{ rule: 'dose', kind: 'calibrated' }]);
  }
}, 120_000);

test('in the form chosen by power it finds it too, and says which evidence it needed', async () => {
  const { here, minute } = await busyWorld(16, {
    policy: policy({ rules: [rule('dose', { ...DOSE, form: 'by-power' })] }),
  });
  await using _ = here;
  await here.shop.deploy({ flag: 'bad' });
  for (let passed = 0; passed < 28 && here.stopCalls() === 0; passed++) await minute(5);
  expect(here.stopCalls()).toBe(1);
  const [told] = here.of('rule-calibrated');
  expect(told?.calibration).toMatchObject({ kind: 'calibrated', met: true });
  expect(here.of('stop-decided')[0]?.because[0]).toMatch(
    / higher than expected; evidence .* against .* needed; .* % exposed$/,
  );
}, 60_000);

test('it stops, waits until the metric is back, and only then says what it was', async () => {
  const { here, minute } = await busyWorld(21, { policy: policy({ rules: [rule('dose', DOSE)] }) });
  await using _ = here;
  await here.shop.deploy({ flag: 'bad' });
  for (let passed = 0; passed < 45 && here.of('watch-released').length === 0; passed++) await minute(5);
  const [decided] = here.of('stop-decided');
  expect(decided?.because[0]).toMatch(
    /^dose: errors per requests per exposed client .* higher than expected; evidence .* against 100 needed; .* % exposed$/,
  );
  const [recovery] = here.of('recovery-judged');
  expect(recovery?.recovery).toBe('recovered');
  expect(recovery?.because[0]).toMatch(/it followed the exposure up and down, so the deployment did it/);
  const before = here.of('rule-judged').filter(({ at }) => at < (here.of('stop-settled')[0]?.at ?? 0));
  expect(JSON.stringify(before)).not.toMatch(/did it|coincided/);
}, 60_000);

test('a service too young to be calibrated is told, and not stopped by it', async () => {
  const young = policy({ rules: [rule('dose', DOSE)] });
  const poisson = randomPoisson.source(randomLcg(0.5));
  await using here = await world({ silent: true, rollout: ROLLOUT, daemon: false, policy: young });
  for (let ago = 185; ago > 0; ago--) {
    here.put('Requests', REQUESTS, here.clock.now() - ago * MINUTE);
    here.put('Errors', poisson(REQUESTS * RATE)(), here.clock.now() - ago * MINUTE);
  }
  await here.restart();
  await here.shop.deploy({ flag: 'bad' });
  for (let passed = 0; passed < 34; passed++) {
    const share = await here.shop.badShare();
    here.put('Requests', REQUESTS);
    here.put('Errors', poisson(REQUESTS * RATE * (1 + 9 * share))());
    await here.clock.advance(MINUTE);
  }
  expect(here.of('rule-calibrated').map(({ calibration }) => calibration.kind)).toEqual(['uncalibrated']);
  expect(here.stopCalls()).toBe(0);
  const verdicts = here.of('rule-judged').map(({ verdict }) => verdict.because);
  expect(verdicts.join('\n')).toMatch(
    /it is not calibrated: its history has room for \d+ placebo deployments.*, so it only advises/,
  );
}, 60_000);

/** Another harmless deployment, until it is complete. */
async function quietly({ here, minute }: Traffic, times = 1): Promise<void> {
  const before = here.of('watch-released').length;
  await here.shop.deploy({ flag: 'good' });
  for (let passed = 0; passed < 45 && here.of('watch-released').length === before; passed++) await minute(1, times);
}

test('a restart forgets no calibration: the next life judges by it at once, until it is a day old', async () => {
  const traffic = await busyWorld(31, { policy: policy({ rules: [rule('dose', DOSE)] }) });
  const { here, minute } = traffic;
  await using _ = here;
  await quietly(traffic);
  const [first] = here.of('rule-calibrated');
  expect(first).toMatchObject({
    why: 'it had not been measured',
    schedule: { growthType: 'LINEAR', growthFactor: 10 },
  });
  await here.restart();
  const restarted = here.clock.now();
  await here.shop.deploy({ flag: 'bad' });
  for (let passed = 0; passed < 28 && here.of('stop-decided').length === 0; passed++) await minute(5);
  expect(here.of('stop-decided')).toHaveLength(1);
  expect(here.of('rule-calibrated')).toHaveLength(1);
  const since = here.of('rule-judged').filter(({ at }) => at >= restarted);
  expect(since.map(({ verdict }) => verdict.because).join('\n')).not.toContain('its calibration is not finished');
}, 60_000);

test('a step of the metric between two deployments has the rule calibrated anew, and says why', async () => {
  const traffic = await busyWorld(32, { policy: policy({ rules: [rule('dose', DOSE)] }) });
  const { here, minute } = traffic;
  await using _ = here;
  await quietly(traffic);
  for (let passed = 0; passed < 90; passed++) await minute(1, 4);
  await quietly(traffic, 4);
  await quietly(traffic, 4);
  expect(here.of('rule-calibrated').map(({ why }) => why)).toEqual([
    'it had not been measured',
    expect.stringMatching(/^the metric took a step: 0\.0\d+ over the last 60 periods of 1m, 0\.00\d+ to 0\.00\d+ when/),
  ]);
  expect(here.stopCalls()).toBe(0);
}, 60_000);
