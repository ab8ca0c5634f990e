/** Several series, or several values of one period, become one by a rule that the policy file states. */
import { z } from 'zod';
import { FailureError } from '../core/failure.ts';
import type { Instant } from '../core/time.ts';
import type { Numbers } from '../lib/column.ts';
import { once } from '../lib/once.ts';
import { plainText } from '../lib/text.ts';

export const foldSchema = once(() =>
  z
    .enum(['fail', 'sum', 'avg', 'min', 'max'])
    .default('fail')
    .describe('How several series become one, period by period; fail: more than one is an error that names some.'),
);

export type Fold = z.output<ReturnType<typeof foldSchema>>;

const FOLDS: Readonly<Record<Exclude<Fold, 'fail'>, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: (values) => values.reduce((sum, value) => sum + value / values.length, 0),
  min: (values) => values.reduce((least, value) => Math.min(least, value)),
  max: (values) => values.reduce((most, value) => Math.max(most, value)),
};

/** A series as it came; `name` tells it from the others. */
export interface NamedNumbers {
  readonly name: string;
  readonly numbers: Numbers;
}

const SHOWN = 3;

function tooMany(what: string, names: readonly string[]): FailureError {
  const some = names.slice(0, SHOWN).map((name) => plainText(name, 120));
  const rest = names.length > SHOWN ? ', …' : '';
  const message = `${what}: ${names.length} series and a rule judges one: ${some.join(', ')}${rest}; fold them in the query, or by \`fold\``;
  return new FailureError({ reason: 'rejected', retryable: false, message });
}

/** Folds values of one and the same period; undefined when there are none. */
export function foldValues(fold: Exclude<Fold, 'fail'>, values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : FOLDS[fold](values);
}

/** One series out of all; a period counts those series that have a value in it. Throws FailureError. */
export function foldSeries(what: string, fold: Fold, all: readonly NamedNumbers[]): Numbers {
  const [first] = all;
  if (first === undefined) return new Map();
  if (all.length === 1) return first.numbers;
  if (fold === 'fail') {
    throw tooMany(
      what,
      all.map(({ name }) => name),
    );
  }
  const gathered = new Map<Instant, number[]>();
  for (const { numbers } of all) {
    for (const [at, value] of numbers) {
      const values = gathered.get(at) ?? [];
      gathered.set(at, values);
      values.push(value);
    }
  }
  return new Map([...gathered].map(([at, values]) => [at, FOLDS[fold](values)]));
}
