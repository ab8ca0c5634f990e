/** How much harm a judge lets through, and how often it stops what is harmless: real series and made-up ones. */
import { CONTENDERS, halved, mix, placed, plain, powered } from './rollback/contenders.ts';
import { type BenchSet, realSets } from './rollback/dataset.ts';
import { headline } from './rollback/headline.ts';
import { POOLED, pooled } from './rollback/pooled.ts';
import { type SetScore, scoreOf, setScore } from './rollback/score.ts';
import { syntheticPairs, syntheticSets } from './rollback/synthetic.ts';
import { DELAYS, DISTURBED, delayed, disturbed, dropped, type TrackRow } from './rollback/tracks.ts';
import type { BenchOptions, Figure, Report } from './support/report.ts';
import { table } from './support/report.ts';

/** Most false stops a headline may rest on. */
const MOST_FALSE_STOPS = 0.02;
const DROPS = [0.8, 0.5, 0.1];

const percent = (share: number, digits = 1) => (100 * share).toFixed(digits);
const say = (text: string) => void process.stderr.write(`${text}\n`);

interface Judged {
  readonly set: BenchSet;
  readonly scores: readonly SetScore[];
}

function judged(set: BenchSet): Judged {
  const bySeries = set.series.map((name) => {
    say(`rollback: ${set.name}, ${name}`);
    const trials = set.trials(name);
    return CONTENDERS.map((contender) => scoreOf(contender, trials));
  });
  const scores = CONTENDERS.flatMap(({ name }, index) => {
    const series = bySeries.flatMap((scored) => scored[index] ?? []);
    return series.length === 0 ? [] : setScore(name, series);
  });
  const all = { set, scores };
  say(setTable(all));
  return all;
}

function effectCell({ detected, ticks, harm }: SetScore['effects'][number]): string {
  return `${percent(detected, 0)} / ${Number.isNaN(ticks) ? '–' : ticks.toFixed(0)} / ${percent(harm, 0)}`;
}

function setTable({ set, scores }: Judged): string {
  const head = ['judge', 'false stops', ...set.ratios.map((ratio) => `RR ${ratio}`), 'mean harm', 'worst series'];
  const rows = scores.map(({ contender, falseStops, effects, harm }) => [
    contender,
    `${percent(falseStops.mean, 2)} / ${percent(falseStops.worst)}`,
    ...effects.map(effectCell),
    percent(harm.mean),
    percent(harm.worst),
  ]);
  return `**${set.name}**, ${set.series.length} series\n\n${table(head, rows)}`;
}

/** One judge beside one threshold; a judge above 2 % false stops does not qualify. */
function headlineRow({ set, scores }: Judged, judge: string, beside: string): readonly Figure[] {
  const [ours, theirs] = [judge, beside].map((name) => scores.find(({ contender }) => contender === name));
  if (ours === undefined || theirs === undefined) return [];
  const { ratio, low, high } = headline(ours, theirs);
  const shown = (score: SetScore) => `${percent(score.harm.mean)} (${percent(score.falseStops.mean, 2)} % false)`;
  return [
    {
      what: `${set.name}: ${judge}, beside ${beside}`,
      measured: shown(ours),
      beside: shown(theirs),
      ratio: `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
      bound: '≤ 2 % false stops',
      holds: ours.falseStops.mean <= MOST_FALSE_STOPS,
    },
  ];
}

/** Forms were tried on the first, third, … series of each real set; what the others say was looked at once. */
function untuned({ set, scores }: Judged): Judged {
  const others = scores.map(({ contender, series }) =>
    setScore(
      contender,
      series.filter((_, index) => index % 2 === 1),
    ),
  );
  return { set: { ...set, name: `${set.name}, the series that were not tuned on` }, scores: others };
}

function trackTable(title: string, head: readonly string[], rows: readonly TrackRow[]): string {
  return `${title}\n\n${table(
    ['judge', ...head],
    rows.map(({ contender, cells }) => [contender, ...cells]),
  )}`;
}

/** Disturbances are measured on the tier in the middle; drops on the first real set of gauges. */
function tracks(synthetic: BenchSet, gauges: BenchSet | undefined): readonly string[] {
  say('rollback: tracks');
  const trials = synthetic.series.map((name) => synthetic.trials(name));
  const delays = DELAYS.map((delay) => (delay === 1 ? '1 tick' : `${delay} ticks`));
  const drops = gauges === undefined ? [] : dropped(gauges.series.map((name) => gauges.trials(name, DROPS)));
  return [
    trackTable(
      `False stops % of harmless deployments that something disturbs (${synthetic.name}); the last column is mean harm %:`,
      DISTURBED,
      disturbed(trials),
    ),
    trackTable(
      `Mean harm % when a decision takes so long to have its effect (${synthetic.name}):`,
      delays,
      delayed(trials),
    ),
    trackTable(
      'Two metrics of one deployment (synthetic, 2,000 requests a minute each, independent): false stops %, and mean harm % when the deployment harms both, or only the first:',
      POOLED,
      pooled(syntheticPairs()),
    ),
    ...(gauges === undefined
      ? []
      : [
          trackTable(
            `A drop is bad (${gauges.name}): false stops %, and harm % for each ratio:`,
            ['false stops', ...DROPS.map((ratio) => `RR ${ratio}`)],
            drops,
          ),
        ]),
  ];
}

const ABOUT = [
  'Deployments that never were, placed into series of metrics: a linear schedule of 20 ticks, 10 % every 2, and 10 ticks of bake time. Each judge is calibrated on 600 placements in the first half of a series; 300 without an effect in the second half give its false stops; 150 for each rate ratio (RR) on exposed clients give how many it detects, after how many ticks from the first exposed one (median, one tick until the stop takes effect), and the harm it lets through: exposure until the stop, as a share of exposure without one. Cells: detected % / ticks / harm %. False stops %: mean / worst series. Every figure is a mean over series, and every stop counts, also before anybody is exposed.',
  'The headline is mean harm beside a threshold of 3 of 3 ticks, with z = 3 and with a z that is calibrated on the same placements; in brackets 95 % of 4,000 resamples of series. *Oracle* is the limit: the likelihood ratio that knows what was expected of each tick, and the effect. It stops at E ≥ 100 and stops nothing harmless here, so that a judge which spends its 1 % can come below it. Ticks are the mean over series of the median of each. *Form chosen by power* is the form that effects put into the placements of the calibration ask for (`form: by-power`, decision 29): of MIX, or of what was learnt from the first half of the series. What there is to choose from was settled on the first, third, … series of each real set, so that the others are reported apart.',
];

export async function rollback({ data }: BenchOptions): Promise<Report> {
  const made = syntheticSets();
  const real = data === undefined ? [] : realSets(data);
  const all = [...made, ...real].map(judged);
  const pairs = [
    [mix, placed],
    [mix, plain],
    [halved, placed],
    [halved, plain],
  ] as const;
  const middle = made[1];
  const gauges = real.find(({ name }) => name === 'ms-1min');
  return {
    title: 'Rollbacks: harm let through, and false stops',
    about:
      data === undefined
        ? [...ABOUT, 'No directory of real series was given (`--data`): only series that are made up.']
        : ABOUT,
    figures: all
      .filter(({ set }) => !set.apart)
      .flatMap((one) => [
        ...pairs.flatMap(([judge, beside]) => headlineRow(one, judge.name, beside.name)),
        ...headlineRow(made.includes(one.set) ? one : untuned(one), powered.name, mix.name),
      ]),
    notes: [...all.map(setTable), ...(middle === undefined ? [] : tracks(middle, gauges))],
  };
}
