/** The operator's own word on past deployments: a file of `application/environment/number: good|bad`. */
import { parse } from 'yaml';
import { z } from 'zod';
import type { Label } from '../backtest/score.ts';

const schema = z.record(z.string().regex(/^[^/]+\/[^/]+\/[1-9]\d*$/), z.enum(['good', 'bad']));

/** The labels, or what is wrong with the file. */
export function labelsOf(path: string, text: string): ReadonlyMap<string, Label> | string {
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
  const result = schema.safeParse(data ?? {});
  if (result.success) return new Map(Object.entries(result.data));
  const [issue] = result.error.issues;
  return `${path}: ${issue?.path.join('.') ?? ''}: expected lines such as "checkout/prod/12: bad"`;
}
