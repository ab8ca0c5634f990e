/** What a rule saw of a deployment: counts of its verdicts, and a small chart of its values with the bound. */
import asciichart from 'asciichart';
import { z } from 'zod';
import type { WatchdogEvent } from '../core/event.ts';
import { plainText } from '../lib/text.ts';

const evidenceSchema = z.looseObject({
  query: z.string().optional(),
  above: z.number().nullish(),
  below: z.number().nullish(),
  breaching: z.string().optional(),
  points: z.array(z.looseObject({ at: z.string(), value: z.number() })).optional(),
});

export interface RuleStory {
  readonly policy: string;
  readonly rule: string;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly lastBecause: string;
  readonly query?: string;
  readonly above?: number;
  readonly below?: number;
  readonly breaching?: string;
  /** Oldest first; a value revised later stands as it was seen last. */
  readonly points: readonly { readonly at: string; readonly value: number }[];
}

const byTime = (a: { at: string }, b: { at: string }) => Date.parse(a.at) - Date.parse(b.at);

function withVerdict(story: RuleStory, event: Extract<WatchdogEvent, { kind: 'rule-judged' }>): RuleStory {
  const { verdict } = event;
  const verdicts = { ...story.verdicts, [verdict.kind]: (story.verdicts[verdict.kind] ?? 0) + 1 };
  const parsed = evidenceSchema.safeParse(verdict.kind === 'unknown' ? undefined : verdict.evidence);
  const base = { ...story, verdicts, lastBecause: verdict.because };
  if (!parsed.success) return base;
  const { query, above, below, breaching, points = [] } = parsed.data;
  const seen = new Map([...story.points, ...points].map(({ at, value }) => [at, { at, value }]));
  return {
    ...base,
    ...(query === undefined ? {} : { query }),
    ...(typeof above === 'number' ? { above } : {}),
    ...(typeof below === 'number' ? { below } : {}),
    ...(breaching === undefined ? {} : { breaching }),
    points: [...seen.values()].sort(byTime),
  };
}

/** The stories of all rules in the events of one deployment, in the order of their first verdict. */
export function ruleStories(events: readonly WatchdogEvent[]): readonly RuleStory[] {
  const stories = new Map<string, RuleStory>();
  for (const event of events) {
    if (event.kind !== 'rule-judged') continue;
    const { policy } = event.watch;
    const key = `${policy}\0${event.rule}`;
    const story = stories.get(key) ?? { policy, rule: event.rule, verdicts: {}, lastBecause: '', points: [] };
    stories.set(key, withVerdict(story, event));
  }
  return [...stories.values()];
}

const WIDTH = 72;
const label = (value: number) => String(Number(value.toPrecision(4))).padStart(10);

/** Lines of a chart, newest value on the right, each bound as a level line; none for fewer than two values. */
function chart(story: RuleStory): readonly string[] {
  const points = story.points.filter(({ value }) => Number.isFinite(value)).slice(-WIDTH);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return [];
  const bounds = [story.above, story.below].filter((bound) => bound !== undefined);
  const columns = Math.min(6, Math.floor(WIDTH / points.length));
  const values = points.flatMap(({ value }) => Array.from({ length: columns }, () => value));
  const series = [...bounds.map((bound) => values.map(() => bound)), values];
  const drawn = asciichart.plot(series, { height: 8, format: label }).split('\n');
  return [...drawn, `${' '.repeat(11)}${first.at} to ${last.at}, ${points.length} datapoints`].map((one) =>
    one.trimEnd(),
  );
}

function boundText({ above, below, breaching }: RuleStory): string {
  const bounds = [above === undefined ? '' : `above ${above}`, below === undefined ? '' : `below ${below}`];
  const text = bounds.filter(Boolean).join(' or ');
  return text === ''
    ? ''
    : `; breaches ${text}${breaching === undefined ? '' : `, ${plainText(breaching)} datapoints`}`;
}

export function ruleText(story: RuleStory): readonly string[] {
  const counts = Object.entries(story.verdicts).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${plainText(story.rule)} (policy ${plainText(story.policy)}): ${counts.join(', ')}${boundText(story)}`,
    ...(story.query === undefined ? [] : [`asked: ${plainText(story.query, 500)}`]),
    `last: ${plainText(story.lastBecause, 500)}`,
    ...chart(story),
  ];
}
