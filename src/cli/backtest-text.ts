/** A backtest for a terminal and for programs. */
import Table from 'cli-table3';
import type { Backtest } from '../backtest/backtest.ts';
import { powerText } from '../backtest/power-text.ts';
import { type Scored, totalsOf } from '../backtest/score.ts';
import { endingText, minuteOf, minutesText, percent, RESULT, reasonOf, rowOf, totalsText } from '../backtest/tell.ts';
import { deploymentTitle } from '../core/deployment.ts';
import { formatDuration, iso } from '../core/time.ts';
import { plainText } from '../lib/text.ts';
import { lines } from './io.ts';

function stopText({ simulated: { stop }, delay }: Scored): string {
  if (stop === undefined) return '';
  const after = delay === undefined ? '' : ` (${formatDuration(delay)})`;
  return `${minuteOf(stop.at).slice(11)} at ${percent(stop.exposure)}${after}`;
}

function tableOf(all: readonly Scored[]): string {
  const table = new Table({
    head: ['deployment', 'started (UTC)', 'in reality', 'it was', 'would be', 'stop (after)', 'min saved', 'why'],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [null, null, null, null, null, null, null, 60],
  });
  for (const one of all) {
    const { deployment, truth, result, saved } = one;
    const was = truth.by === 'label' ? truth.is : `${truth.is}?`;
    const why = result === 'left-alone' ? '' : plainText(reasonOf(one), 400);
    const title = plainText(deploymentTitle(deployment), 100);
    const started = minuteOf(deployment.startedAt);
    table.push([
      title,
      started,
      endingText(one),
      was,
      RESULT[result],
      stopText(one),
      saved > 0 ? minutesText(saved) : '',
      why,
    ]);
  }
  return table.toString();
}

export function textOf({ ran, power, notes }: Backtest): string {
  const all = ran.map(({ scored }) => scored);
  return lines(
    tableOf(all),
    ...totalsText(totalsOf(all)),
    ...(all.some(({ truth }) => truth.by === 'outcome')
      ? ['"good?" and "bad?" go by how it ended: --labels says it better.']
      : []),
    ...power.flatMap((one) => ['', ...powerText(one)]).map((text) => plainText(text, 500)),
    '',
    ...notes.map((note) => `Note: ${plainText(note, 500)}`),
  );
}

export function jsonOf({ ran, power, notes }: Backtest): string {
  const all = ran.map(({ scored }) => scored);
  const timed = power.map((one) => ({ ...one, from: iso(one.from), to: iso(one.to) }));
  return lines(JSON.stringify({ totals: totalsOf(all), deployments: all.map(rowOf), power: timed, notes }));
}
