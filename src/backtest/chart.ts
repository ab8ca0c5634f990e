/** One deployment as a chart: the rule's numbers and bounds over the exposure, the stop, and the real end; plain SVG. */
import { exposureSteps } from '../core/deployment.ts';
import { type Instant, iso } from '../core/time.ts';
import { plainText } from '../lib/text.ts';
import type { Ran, RuleNumbers } from './run.ts';
import { percent } from './tell.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML and SVG: whatever it quotes, it stays text. */
export function html(text: string, most = 400): string {
  return plainText(text, most).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const WIDTH = 880;
const PANEL = 170;
const LEFT = 62;
const RIGHT = 46;
const TOP = 26;
const FOOT = 24;
const INNER = WIDTH - LEFT - RIGHT;

const round = (value: number) => Math.round(value * 10) / 10;
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const short = (value: number) => (value < 10_000 ? String(Number(value.toPrecision(3))) : compact.format(value));
const DAY = 86_400_000;

interface Scale {
  x(at: Instant): number;
  y(value: number): number;
  readonly from: Instant;
  readonly to: Instant;
  readonly top: number;
  /** The time of day, with its date where the chart shows more than one. */
  clock(at: Instant): string;
}

/** A round number at or above the largest value, so that the axis reads well. */
function niceTop(largest: number): number {
  if (!(largest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= largest) ?? 10) * power;
}

const boundsOf = ({ rule: { judge } }: RuleNumbers): readonly number[] =>
  [Reflect.get(judge, 'above'), Reflect.get(judge, 'below')].filter((bound) => typeof bound === 'number');

function scaleOf({ scored }: Ran, numbers: RuleNumbers): Scale {
  const { startedAt } = scored.deployment;
  const { until } = scored.ending;
  const margin = 0.12 * Math.max(60_000, until - startedAt);
  const [from, to] = [startedAt - margin, Math.max(until, scored.simulated.stop?.at ?? until) + margin];
  const shown = numbers.piece.points.filter(({ at }) => at >= from && at <= to).map(({ value }) => value);
  const top = niceTop(1.05 * Math.max(0, ...shown, ...boundsOf(numbers)));
  return {
    from,
    to,
    top,
    clock: (at) =>
      iso(at)
        .slice(Math.floor(from / DAY) === Math.floor(to / DAY) ? 11 : 5, 16)
        .replace('T', ' '),
    x: (at) => LEFT + (INNER * (Math.min(to, Math.max(from, at)) - from)) / (to - from),
    y: (value) => TOP + PANEL * (1 - Math.min(1, Math.max(0, value / top))),
  };
}

/** The exposure as an area behind the numbers, on an axis of its own: 100 % is the top. */
function exposurePath({ scored }: Ran, { x, to }: Scale): string {
  const y = (share: number) => round(TOP + PANEL * (1 - share));
  let path = `M${round(x(scored.deployment.startedAt))},${y(0)}`;
  for (const { at, share } of exposureSteps(scored.deployment)) path += `H${round(x(at))}V${y(share)}`;
  return `${path}H${round(x(to))}V${y(0)}Z`;
}

/** A line that breaks where datapoints are missing, a dot for one alone; each stands at the end of its period. */
function linePath({ piece }: RuleNumbers, { x, y, from, to }: Scale): string {
  let path = '';
  let before = Number.NEGATIVE_INFINITY;
  for (const { at, value } of piece.points) {
    const end = at + piece.period;
    if (end < from || end > to || !Number.isFinite(value)) continue;
    const place = `${round(x(end))},${round(y(value))}`;
    path += at - before > 1.5 * piece.period ? `M${place}h0` : `L${place}`;
    before = at;
  }
  return path;
}

function marker(at: Instant, text: string, kind: string, { x }: Scale): string {
  const place = round(x(at));
  const [anchor, shift] = place > WIDTH * 0.7 ? ['end', -5] : ['start', 5];
  const bottom = TOP + PANEL;
  return `<line class="${kind}" x1="${place}" x2="${place}" y1="${kind === 'stop' ? 10 : TOP}" y2="${bottom}"/><text class="${kind}" x="${place + shift}" y="${kind === 'stop' ? 18 : TOP + 14}" text-anchor="${anchor}">${html(text)}</text>`;
}

/** A round length of time that cuts the axis in some six pieces. */
function ticksOf({ from, to, x, clock }: Scale): string {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880]
    .map((m) => m * 60_000)
    .find((one) => (to - from) / one <= 9);
  const ticks: string[] = [];
  const every = step ?? (to - from) / 6;
  for (let at = Math.ceil(from / every) * every; at <= to; at += every) {
    const place = round(x(at));
    const bottom = TOP + PANEL;
    ticks.push(
      `<line class="tick" x1="${place}" x2="${place}" y1="${bottom}" y2="${bottom + 4}"/><text class="axis" x="${place}" y="${bottom + 17}" text-anchor="middle">${clock(at)}</text>`,
    );
  }
  return ticks.join('');
}

/** The part of the exposure that the stop would have spared, cut out of the whole. */
function savedArea(area: string, from: Instant, { scored }: Ran, { x }: Scale): string {
  const until = Math.max(from, scored.ending.until);
  const [left, right] = [round(x(from)), round(x(until))];
  const id = `s${scored.deployment.ref.number}-${left}-${right}`;
  return `<clipPath id="${id}"><rect x="${left}" y="${TOP}" width="${round(right - left)}" height="${PANEL}"/></clipPath><path class="saved" clip-path="url(#${id})" d="${area}"/>`;
}

function panel(ran: Ran, numbers: RuleNumbers): string {
  const scale = scaleOf(ran, numbers);
  const { scored } = ran;
  const { stop } = scored.simulated;
  const { y, top, clock } = scale;
  const bottom = TOP + PANEL;
  const grid = [0, 0.5, 1].map((share) => {
    const at = round(y(top * share));
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text class="axis" x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${short(top * share)}</text><text class="exposed" x="${WIDTH - RIGHT + 6}" y="${at + 4}">${share * 100} %</text>`;
  });
  const bounds = boundsOf(numbers).map((bound) => {
    const at = round(y(bound));
    return `<line class="bound" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`;
  });
  const area = exposurePath(ran, scale);
  const saved = stop !== undefined && scored.truth.is === 'bad' ? savedArea(area, stop.at, ran, scale) : '';
  const { kind, by, at } = scored.ending;
  const ended = `${kind.replace('-', ' ')}${by === undefined ? '' : ` by ${by}`} ${clock(at)}`;
  const { rule, piece } = numbers;
  const name = piece.query === rule.name ? rule.name : `${rule.name}: ${piece.query}`;
  return `<p class="name">${html(name)}</p>
<svg viewBox="0 0 ${WIDTH} ${TOP + PANEL + FOOT}" role="img" aria-label="${html(`${rule.name} over the deployment`)}">
<path class="exposure" d="${area}"/>${saved}${grid.join('')}${bounds.join('')}
<path class="line" d="${linePath(numbers, scale)}" stroke-width="${piece.points.length > INNER / 2 ? 1 : 2}"/>
<line class="base" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>${ticksOf(scale)}
${marker(at, ended, 'end', scale)}${stop === undefined ? '' : marker(stop.at, `stop ${clock(stop.at)}, ${percent(stop.exposure)} exposed`, 'stop', scale)}
</svg>`;
}

/** A chart for each rule that has numbers. */
export function charts(ran: Ran): string {
  const drawn = ran.numbers.filter(({ piece }) => piece.points.length > 0);
  if (drawn.length === 0) return '<p class="none">There are no numbers of then.</p>';
  return `<div class="charts" tabindex="0">${drawn.map((numbers) => panel(ran, numbers)).join('\n')}</div>`;
}

export const CHART_STYLE = `
.charts { overflow-x: auto; } .name { position: sticky; left: 0; max-width: calc(min(100vw, 1080px) - 84px); margin: 12px 0 0;
  font-size: 13px; font-weight: 600; overflow-wrap: anywhere; }
svg { width: 100%; min-width: 720px; height: auto; display: block; font: 12px system-ui, sans-serif; }
.exposure { fill: var(--exposure); } .saved { fill: var(--saved); }
.grid { stroke: var(--rule); } .base, .tick { stroke: var(--muted); } .axis, .exposed { fill: var(--muted); }
.line { fill: none; stroke: var(--line); stroke-linejoin: round; stroke-linecap: round; }
.bound { stroke: var(--bad); stroke-dasharray: 5 4; }
line.stop { stroke: var(--bad); stroke-width: 2; } text.stop { fill: var(--bad); font-weight: 600; }
line.end { stroke: var(--muted); stroke-dasharray: 2 3; } text.end { fill: var(--muted); } text.stop, text.end { paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }`;
