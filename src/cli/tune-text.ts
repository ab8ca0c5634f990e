/** Proposals of `tune` for a terminal and for programs, and the best of them as the policy file would have it. */
import Table from 'cli-table3';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { percent } from '../backtest/tell.ts';
import type { Proposal } from '../backtest/tune.ts';
import { judgeInWords } from '../backtest/tune-judges.ts';
import { formatDuration, iso } from '../core/time.ts';
import { plainText } from '../lib/text.ts';
import { lines } from './io.ts';

const fileSchema = z.looseObject({
  policies: z.array(z.looseObject({ rules: z.array(z.looseObject({ name: z.string() })) })),
});

/** The rule as the file writes it, with another judge: what the file takes from its environment stays a name. */
export function yamlOf(text: string, { rule, judge }: Proposal): string {
  const { policies } = fileSchema.parse(parse(text));
  const written = policies.flatMap(({ rules }) => rules).find(({ name }) => name === rule.name);
  return stringify({ rules: [{ ...written, judge }] });
}

export interface Told extends Proposal {
  readonly falseStopsAYear: number;
}

export interface Tuned {
  readonly rule: string;
  readonly side: 'above' | 'below';
  readonly query: string;
  /** Whose schedule was placed. */
  readonly schedule: string;
  readonly aYear: number;
  /** Allowed in a year. */
  readonly falseStops: number;
  /** Best first. */
  readonly proposals: readonly Told[];
  readonly best: Told;
  readonly yaml: string;
}

function tableOf(all: readonly Told[], effects: readonly number[]): string {
  const table = new Table({
    head: ['judge', 'false stops', '95 % interval', 'a year', ...effects.map((effect) => `finds ${effect} times`)],
    style: { head: [], border: [], compact: true },
  });
  for (const { judge, measured, falseStopsAYear } of all) {
    const without = measured.effects.find(({ effect }) => effect === 1);
    const interval =
      without === undefined ? '' : `${percent(without.interval.low)} to ${percent(without.interval.high)}`;
    const found = measured.effects
      .filter(({ effect }) => effect !== 1)
      .map(
        ({ share, medianDelay }) =>
          `${percent(share)}${medianDelay === undefined ? '' : `, ${formatDuration(medianDelay)}`}`,
      );
    const a = String(Math.round(falseStopsAYear * 10) / 10);
    table.push([judgeInWords(judge), percent(without?.share ?? 0), interval, a, ...found]);
  }
  return table.toString();
}

export function jsonOf({ rule, side, aYear, proposals, yaml }: Tuned): string {
  const rows = proposals.map(({ rule: _, measured, ...one }) => ({
    ...one,
    placements: measured.placements,
    effects: measured.effects,
  }));
  return lines(JSON.stringify({ rule, side, deploymentsAYear: aYear, proposals: rows, yaml }));
}

export function textOf({ rule, query, schedule, aYear, falseStops, proposals, best, yaml }: Tuned): string {
  const { placements, from, effects } = best.measured;
  const tried = effects.flatMap(({ effect }) => (effect === 1 ? [] : [effect]));
  return lines(
    plainText(`${rule}: ${query}`, 300),
    `${schedule}'s schedule, ${aYear} deployments a year, at most ${falseStops} of them stopped without a cause.`,
    `Bounds found on the older half of the history, judges calibrated on what was before each day; measured on ${placements} placements since ${iso(from).slice(0, 16)} UTC, best first:`,
    tableOf(proposals, tried),
    '',
    yaml.trimEnd(),
  );
}
