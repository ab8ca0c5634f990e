/** A picture for each judge: made-up minutes of one service, and what the kernels of the judges make of them. */
import { randomLcg, randomNormal, randomPoisson } from 'd3-random';
import { armsPath } from '../../src/judges/stats/arms.ts';
import { COUNT_BETAS } from '../../src/judges/stats/defaults.ts';
import { MIX_MEMORIES, runDose } from '../../src/judges/stats/dose-mix.ts';
import { linearExposure, tickAverageExposure } from '../../src/judges/stats/exposure.ts';
import { metricTicks } from '../../src/judges/stats/filter.ts';
import { doseTicks } from '../../src/judges/stats/likelihood-ratio.ts';
import { plannedLooks } from '../../src/judges/stats/mann-whitney.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { baselineOf, thresholdScores } from '../../src/judges/stats/threshold-score.ts';
import { type Mark, type Panel, svgOf } from './chart.ts';

const MINUTES = 30;
const REQUESTS = 2_000;
const RATE = 0.005;
const RATIO = 5;
const RED = '#c0392b';
const BLUE = '#2471a3';
const GREEN = '#1e8449';
const GREY = '#626b6c';
const exposure = tickAverageExposure(linearExposure(20, 10, 10));

function errorsOf(seed: number) {
  const poisson = randomPoisson.source(randomLcg(seed));
  const history = Array.from({ length: 1_440 }, () => poisson(REQUESTS * RATE)());
  const during = exposure.map((share) => poisson(REQUESTS * RATE * (1 + (RATIO - 1) * share))());
  return { history, during };
}

const percent = (errors: readonly number[]) => errors.map((count) => (100 * count) / REQUESTS);
const flat = (value: number) => Array.from({ length: MINUTES }, () => value);
const shares: Panel = {
  title: 'exposed clients (%)',
  top: 100,
  drawn: [{ kind: 'area', label: 'new configuration', colour: BLUE, values: exposure.map((share) => 100 * share) }],
};
const log10 = (path: readonly number[]) => path.map((value) => Math.min(4, Math.max(0, value / Math.LN10)));
const stopMark = (minute: number | undefined, label: string, colour = RED): readonly Mark[] =>
  minute === undefined ? [] : [{ minute, label, colour }];

function globalMetric(which: 'threshold' | 'dose' | 'threshold-or-dose'): string {
  const { history, during } = errorsOf(0.31);
  const base = baselineOf(history) ?? { mean: 0, sd: 1 };
  const alarm = thresholdScores(during, base).findIndex((score) => score >= 3);
  const requests = (ticks: readonly number[]) => ticks.map(() => REQUESTS);
  const run = runDose(
    metricTicks(history.slice(-180), requests(history.slice(-180))),
    doseTicks(metricTicks(during, requests(during)), exposure),
    { kind: 'counts', memories: MIX_MEMORIES, etas: [1, 1], betas: COUNT_BETAS },
  );
  const bound = (100 * (base.mean + 3 * base.sd)) / REQUESTS;
  const errors: Panel = {
    title: 'errors (% of all requests): five times as many on an exposed client',
    top: 3,
    drawn: [
      { kind: 'line', label: 'measured', colour: RED, values: percent(during) },
      ...(which === 'dose'
        ? []
        : [
            {
              kind: 'line' as const,
              label: 'bound: mean + 3 sd',
              colour: GREY,
              values: flat(bound),
              dashed: true,
            },
          ]),
    ],
  };
  const evidence: Panel = {
    title: 'evidence (powers of ten; 2 stops)',
    top: 4,
    drawn: [
      {
        kind: 'line',
        label: 'evidence',
        colour: GREEN,
        values: log10(run?.readings.map((one) => one.logEvidence) ?? []),
      },
      { kind: 'line', label: 'needed', colour: GREY, values: flat(2), dashed: true },
    ],
  };
  const marks = [
    ...(which === 'dose' ? [] : stopMark(alarm < 0 ? undefined : alarm, 'threshold', GREY)),
    ...(which === 'threshold' ? [] : stopMark(run?.stop, 'dose')),
  ];
  const panels = which === 'threshold' ? [errors, shares] : [errors, shares, evidence];
  return svgOf({ title: which, minutes: MINUTES, panels, marks });
}

function armsPicture(): string {
  const poisson = randomPoisson.source(randomLcg(0.62));
  const ticks = exposure.map((share, minute) => {
    const common = minute > 4 && minute < 12 ? 4 : 1;
    const fresh = { trials: Math.round(REQUESTS * share), events: poisson(REQUESTS * share * RATE * common * 2)() };
    const old = {
      trials: Math.round(REQUESTS * (1 - share)),
      events: poisson(REQUESTS * (1 - share) * RATE * common)(),
    };
    return { fresh, old };
  });
  const rate = ({ events, trials }: { events: number; trials: number }) => (trials > 0 ? (100 * events) / trials : 0);
  const path = armsPath(ticks);
  const stop = path.findIndex((value) => value >= Math.log(100));
  const panels: readonly Panel[] = [
    {
      title: 'errors (% of an arm): an incident hits both, the new configuration doubles it',
      top: 10,
      drawn: [
        { kind: 'line', label: 'new configuration', colour: RED, values: ticks.map(({ fresh }) => rate(fresh)) },
        { kind: 'line', label: 'old configuration', colour: BLUE, values: ticks.map(({ old }) => rate(old)) },
      ],
    },
    {
      title: 'evidence (powers of ten; 2 stops)',
      top: 4,
      drawn: [
        { kind: 'line', label: 'evidence', colour: GREEN, values: log10(path) },
        { kind: 'line', label: 'needed', colour: GREY, values: flat(2), dashed: true },
      ],
    },
  ];
  return svgOf({ title: 'arms', minutes: MINUTES, panels, marks: stopMark(stop < 0 ? undefined : stop, 'stop') });
}

function baselinePicture(): string {
  const normal = randomNormal.source(randomLcg(0.17))(0, 4);
  const day = (minute: number) => 80 + 3 * minute;
  const yesterday = Array.from({ length: MINUTES }, (_, minute) => day(minute) + normal());
  const today = Array.from({ length: MINUTES }, (_, minute) => (day(minute) + normal()) * (minute > 12 ? 1.8 : 1));
  const panels: readonly Panel[] = [
    {
      title: 'latency (ms), which rises every day at this time',
      top: 350,
      drawn: [
        { kind: 'line', label: 'today', colour: RED, values: today },
        { kind: 'line', label: 'yesterday', colour: BLUE, values: yesterday },
        {
          kind: 'line',
          label: 'limit: 1.5 × yesterday',
          colour: GREY,
          values: yesterday.map((value) => 1.5 * value),
          dashed: true,
        },
      ],
    },
  ];
  return svgOf({ title: 'baseline', minutes: MINUTES, panels, marks: stopMark(17, 'five periods') });
}

function rankPicture(): string {
  const normal = randomNormal.source(randomLcg(0.44))(0, 12);
  const values = (level: number) => Array.from({ length: MINUTES }, () => level + normal());
  const marks = plannedLooks(MINUTES, 3).map((look) => ({ minute: look - 1, label: 'look', colour: GREY }));
  const panels: readonly Panel[] = [
    {
      title: 'latency (ms) of both arms',
      top: 200,
      drawn: [
        { kind: 'dots', label: 'new configuration', colour: RED, values: values(118) },
        { kind: 'dots', label: 'old configuration', colour: BLUE, values: values(100) },
      ],
    },
  ];
  return svgOf({ title: 'mann-whitney', minutes: MINUTES, panels, marks });
}

function bandPicture(): string {
  const normal = randomNormal.source(randomLcg(0.77))(0, 5);
  const middle = Array.from({ length: MINUTES }, (_, minute) => 100 + 40 * Math.sin(minute / 8));
  const values = middle.map((value, minute) => value + normal() + (minute > 20 ? 45 : 0));
  const panels: readonly Panel[] = [
    {
      title: 'latency (ms)',
      top: 220,
      drawn: [
        {
          kind: 'area',
          label: 'band of CloudWatch',
          colour: BLUE,
          values: middle.map((value) => value + 20),
          low: middle.map((value) => value - 20),
        },
        { kind: 'line', label: 'measured', colour: RED, values },
      ],
    },
  ];
  return svgOf({ title: 'anomaly-band', minutes: MINUTES, panels, marks: stopMark(22, '2 of 3') });
}

/** By the kind of judge. */
export async function judgePictures(): Promise<Readonly<Record<string, string>>> {
  await prepareSpecial();
  return {
    threshold: globalMetric('threshold'),
    dose: globalMetric('dose'),
    'threshold-or-dose': globalMetric('threshold-or-dose'),
    arms: armsPicture(),
    baseline: baselinePicture(),
    'mann-whitney': rankPicture(),
    'anomaly-band': bandPicture(),
  };
}
