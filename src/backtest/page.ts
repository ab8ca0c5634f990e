/** The report of a backtest as one HTML page that needs nothing else. */
import { deploymentTitle } from '../core/deployment.ts';
import { formatDuration } from '../core/time.ts';
import { CHART_STYLE, charts, html } from './chart.ts';
import type { Power } from './placebo.ts';
import { powerText } from './power-text.ts';
import type { Ran } from './run.ts';
import { type Scored, type Totals, totalsOf } from './score.ts';
import { endingText, minuteOf, minutesText, percent, RESULT, reasonOf } from './tell.ts';

export interface Report {
  readonly title: string;
  /** What it was made of, e.g. `since 2026-10-01, policy watchdog.yaml`. */
  readonly about: string;
  readonly ran: readonly Ran[];
  readonly power: readonly Power[];
  /** What is weaker than it looks. */
  readonly notes: readonly string[];
}

const STYLE = `
:root { color-scheme: light dark; --text: #1c2127; --muted: #66707c; --page: #f5f6f8; --card: #fff; --rule: #e3e6ea;
  --line: #1f5fbf; --bad: #c62f2f; --good: #1e7d46; --warn: #a15c00; --exposure: #dfe9f7; --saved: #cfead8; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ed; --muted: #9aa4b0; --page: #14171b; --card: #1d2127;
  --rule: #30363e; --line: #7fb0ff; --bad: #ff7b72; --good: #56c07f; --warn: #e0a458; --exposure: #253349;
  --saved: #1f4a31; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 32px 24px 64px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 17px; margin: 36px 0 12px; } p { margin: 4px 0; }
.muted, .none { color: var(--muted); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 24px 0 8px; }
.tile, .card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 16px; }
.tile b { display: block; font-size: 26px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: 13px; }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; color: var(--muted); font-weight: 500; } th, td { padding: 7px 10px; border-bottom: 1px solid var(--rule); }
tr:last-child td { border-bottom: 0; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td a { color: inherit; } td, th { white-space: nowrap; } td:is(:first-child, :nth-child(3)) { white-space: normal; } td:first-child { overflow-wrap: anywhere; min-width: 150px; }
.card { margin: 0 0 16px; } .card header { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; margin-bottom: 2px; }
.card h3 { font-size: 16px; margin: 0; } .why { font-size: 14px; margin: 6px 0 10px; overflow-wrap: anywhere; }
.badge { font-size: 12px; font-weight: 600; border-radius: 99px; padding: 1px 9px; border: 1px solid currentColor; white-space: nowrap; }
.stopped, .left-alone { color: var(--good); } .late { color: var(--muted); } .missed { color: var(--bad); } .false-stop { color: var(--warn); }
.looks { font-size: 13px; overflow-wrap: anywhere; }
/* On a phone the verdict comes first: when it began and how it ended stand in its card, too. */
@media (max-width: 640px) { body { padding: 20px 12px 40px; } .card { padding: 12px; } th, td { padding: 7px 6px; }
  :is(th, td):is(:nth-child(2), :nth-child(3)) { display: none; } td:first-child { min-width: 110px; } }
ul { padding-left: 20px; } li { margin: 3px 0; }${CHART_STYLE}`;

const badge = ({ result }: Scored) => `<span class="badge ${result}">${RESULT[result].toLowerCase()}</span>`;

const stopText = ({ simulated: { stop } }: Scored) =>
  stop === undefined ? '' : `${minuteOf(stop.at).slice(11)} at ${percent(stop.exposure)}`;

function row(scored: Scored, index: number): string {
  const { truth, delay, saved, deployment } = scored;
  const cells = [
    `<td><a href="#d${index}">${html(deploymentTitle(deployment)).replaceAll('/', '/<wbr>')}</a></td>`,
    `<td>${minuteOf(deployment.startedAt)}</td>`,
    `<td>${html(endingText(scored))}</td>`,
    `<td>${truth.is}${truth.by === 'label' ? '' : '<br><span class="muted">by outcome</span>'}</td>`,
    `<td>${badge(scored)}</td>`,
    `<td>${stopText(scored)}</td>`,
    `<td class="number">${delay === undefined ? '' : formatDuration(delay)}</td>`,
    `<td class="number">${saved > 0 ? `${minutesText(saved)} min` : ''}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function card(ran: Ran, index: number): string {
  const { scored } = ran;
  const { deployment, policy } = scored;
  const looked = scored.simulated.rules.map(({ rule, looks }) => {
    const counts = Object.entries(looks).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []));
    return `${rule}: ${counts.join(', ') || 'never asked'}`;
  });
  return `<section class="card" id="d${index}"><header><h3>${html(deploymentTitle(deployment))}</h3>${badge(scored)}
<span class="muted">${minuteOf(deployment.startedAt)} UTC, ${html(endingText(scored))}, policy ${html(policy)}</span></header>
<p class="why">${html(reasonOf(scored), 700)}</p>
${charts(ran)}
<p class="muted looks">Looks: ${html(looked.join('; '), 600)}</p></section>`;
}

function tiles(totals: Totals): string {
  const saved = totals.badMinutes === 0 ? 'none to save' : percent(totals.savedMinutes / totals.badMinutes);
  const all: readonly (readonly [string, string])[] = [
    [String(totals.deployments), 'deployments judged'],
    [`${totals.falseStops} of ${totals.good}`, 'good ones stopped'],
    [`${totals.misses} of ${totals.bad}`, 'bad ones missed'],
    [totals.medianDelay === undefined ? '–' : formatDuration(totals.medianDelay), 'from first client to stop, median'],
    [saved, 'of bad exposure saved'],
  ];
  return `<div class="tiles">${all.map(([value, name]) => `<div class="tile"><b>${value}</b><span>${name}</span></div>`).join('')}</div>`;
}

const HEAD = ['deployment', 'started (UTC)', 'in reality', 'it was', 'would be', 'stop at', 'delay', 'saved'];

function powerSection(power: readonly Power[]): string {
  if (power.length === 0) return '';
  return `<h2>Placebos and injected effects</h2><ul>${power
    .flatMap(powerText)
    .map((text) => `<li>${html(text)}</li>`)
    .join('')}</ul>`;
}

/** Self-contained: no script, no font, no picture from elsewhere. */
export function page({ title, about, ran, power, notes }: Report): string {
  const all = ran.map(({ scored }) => scored);
  const head = HEAD.map((name, index) => `<th${index > 5 ? ' class="number"' : ''}>${name}</th>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(title)}</title><style>${STYLE}</style></head><body>
<h1>${html(title)}</h1><p class="muted">${html(about, 600)}</p>
${tiles(totalsOf(all))}
<h2>Deployments</h2><div class="wide" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${all.map(row).join('\n')}</tbody></table></div>
${powerSection(power)}
${notes.length === 0 ? '' : `<h2>What to keep in mind</h2><ul>${notes.map((note) => `<li>${html(note, 600)}</li>`).join('')}</ul>`}
<h2>One by one</h2>
<p class="muted">The line is the rule's number, dashed its bound; the blue area is the share of clients that had the new configuration. Green is the exposure that the stop would have spared.</p>
${ran.map(card).join('\n')}
</body></html>
`;
}
