/** Judges that compare clients on the new configuration with those on the old one: `arms` and `mann-whitney`. */
import { randomLcg, randomPoisson } from 'd3-random';
import { beforeAll, expect, test } from 'vitest';
import { arms } from '../../src/judges/arms.ts';
import { mannWhitneyJudge } from '../../src/judges/mann-whitney.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { during, ticksOf } from './support/ticks.ts';

beforeAll(prepareSpecial);

const ARMS = { new: { events: 'newErrors', trials: 'newRequests' }, all: { events: 'errors', trials: 'requests' } };
const armsOf = (change = {}, sharing = 1) =>
  arms.create(arms.options().parse({ kind: 'arms', ...ARMS, ...change }), sharing);

/** Twenty minutes of 2,000 requests, a share of them on the new configuration. */
function traffic(seed: number, ratio: number, everybody: (minute: number) => number = () => 1) {
  const poisson = randomPoisson.source(randomLcg(seed / 1_000));
  const minutes = Array.from({ length: 20 }, (_, minute) => {
    const share = Math.max(0.05, Math.floor(minute / 2) / 10);
    const rate = 0.005 * everybody(minute);
    const [fresh, old] = [poisson(2_000 * share * rate * ratio)(), poisson(2_000 * (1 - share) * rate)()];
    return { newErrors: fresh, newRequests: 2_000 * share, errors: fresh + old, requests: 2_000 };
  });
  const names = ['newErrors', 'newRequests', 'errors', 'requests'] as const;
  return ticksOf(Object.fromEntries(names.map((name) => [name, minutes.map((minute) => minute[name])])));
}

test('arms find what the new configuration does, and say by how much', () => {
  const verdict = armsOf().judge(during(traffic(1, 5)));
  expect(verdict.kind).toBe('breached');
  expect(verdict.because).toMatch(
    /^newErrors per newRequests \d\.\d× \(.*\) higher than on the old configuration; evidence (\d+|over a million) against 100 needed; \d+ of \d+ against \d+ of \d+$/,
  );
});

test('arms are not fooled by an incident that everybody suffers', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const incident = traffic(seed, 1, (minute) => (minute > 5 ? 5 : 1));
    expect(armsOf().judge(during(incident)).kind, `seed ${seed}`).toBe('healthy');
  }
});

test('arms with overdispersion ask for more', () => {
  const evidence = during(traffic(2, 2));
  const numbers = [1, 4].map((overdispersion) => {
    const verdict = armsOf({ overdispersion }).judge(evidence);
    return verdict.kind === 'unknown' ? undefined : Number(verdict.evidence?.logEvidence);
  });
  expect(numbers[1] ?? 0).toBeLessThan(numbers[0] ?? 0);
});

test('arms take a period with requests and no datapoint of events for one without events', () => {
  const series = traffic(3, 1);
  const { newErrors: _, ...inputs } = series.inputs;
  const none = { ...series, inputs: { ...inputs, newErrors: [] } };
  expect(armsOf().judge(during(none)).kind).toBe('healthy');
  expect(armsOf({ sparse: false }).judge(during(none)).kind).toBe('inconclusive');
});

const rankOf = (change = {}) =>
  mannWhitneyJudge.create(
    mannWhitneyJudge.options().parse({ kind: 'mann-whitney', new: 'fresh', old: 'old', ...change }),
    1,
  );
const slow = Array.from({ length: 12 }, (_, tick) => 200 + ((tick * 7) % 11));
const quick = Array.from({ length: 12 }, (_, tick) => 100 + ((tick * 5) % 11));

test('mann-whitney looks when it planned to, and not in between', () => {
  const plan = (ticks: number) => {
    const series = ticksOf({ fresh: slow.slice(0, ticks), old: quick.slice(0, ticks) });
    const evidence = during(series);
    const deployment = { ...evidence.deployment, durationMinutes: 19, bakeMinutes: 0 };
    return rankOf().judge({ ...evidence, deployment });
  };
  expect(plan(5)).toMatchObject({
    kind: 'inconclusive',
    because: expect.stringContaining('not looked at yet; the next look is after 6'),
  });
  expect(plan(6).kind).toBe('breached');
  expect(plan(11)).toEqual(plan(6));
  expect(plan(6).because).toMatch(
    /^fresh against old: shifted by [\d.]+ \(.* to .*\) after 6 periods; p = 0\.00\d+ against 0\.00333 at each of 3 looks$/,
  );
});

test('mann-whitney says healthy when the arms are alike, or it is a drop that is no harm', () => {
  expect(rankOf().judge(during(ticksOf({ fresh: quick, old: quick }))).kind).toBe('healthy');
  expect(rankOf().judge(during(ticksOf({ fresh: quick, old: slow }))).kind).toBe('healthy');
  expect(rankOf({ harm: 'down' }).judge(during(ticksOf({ fresh: quick, old: slow }))).kind).toBe('breached');
});
