/** `stopWhen` as people write it, and the condition it means. */
import { z } from 'zod';
import type { Condition } from '../core/condition.ts';
import { once } from '../lib/once.ts';
import { whenRead } from '../lib/when-read.ts';

/** One group of a nested condition; exactly one of `any`, `all` and `atLeast` is there. */
interface GroupInput {
  readonly any?: readonly PartInput[] | undefined;
  readonly all?: readonly PartInput[] | undefined;
  readonly atLeast?: number | undefined;
  readonly of?: readonly PartInput[] | undefined;
}

/** A rule's name or a nested group. */
export type PartInput = string | GroupInput;

/** `any` and `all` over every rule, or a group; `{ atLeast: n }` without `of` is over every rule. */
export type StopWhenInput = 'any' | 'all' | GroupInput;

const PART = 'expected the name of a rule, or a nested { any: […] }, { all: […] } or { atLeast: n, of: […] }';
const STOP_WHEN = 'expected any, all, { atLeast: 2 }, or a nested { any: […] }, { all: […] }, { atLeast: 2, of: […] }';
const EMPTY = 'expected at least one rule name';

const partSchema: z.ZodType<PartInput, PartInput> = z.lazy(() =>
  z.union([z.string().min(1, EMPTY), nestedSchema()], PART),
);

const groupShape = {
  any: z.array(partSchema).min(1, EMPTY).optional().describe('Holds when one of these holds.'),
  all: z.array(partSchema).min(1, EMPTY).optional().describe('Holds when all of these hold.'),
  atLeast: z.int().min(1).optional().describe('Holds when at least so many hold.'),
  of: z.array(partSchema).min(1, EMPTY).optional().describe('What `atLeast` counts; without it every rule.'),
};

const hasOneKind = (group: GroupInput) =>
  [group.any, group.all, group.atLeast].filter((part) => part !== undefined).length === 1;
const ofBelongsToAtLeast = (group: GroupInput) => group.of === undefined || group.atLeast !== undefined;
const atLeastHasOf = (group: GroupInput) => group.atLeast === undefined || group.of !== undefined;

const groupSchema = once(() =>
  z
    .strictObject(groupShape)
    .refine(hasOneKind, 'expected exactly one of any, all and atLeast')
    .refine(ofBelongsToAtLeast, 'expected `of` only beside atLeast'),
);

const nestedSchema = once(() =>
  z
    .strictObject(groupShape)
    .refine(hasOneKind, 'expected exactly one of any, all and atLeast')
    .refine(ofBelongsToAtLeast, 'expected `of` only beside atLeast')
    .refine(atLeastHasOf, 'expected `of` beside a nested atLeast: the rule names it counts'),
);

export const stopWhenSchema = z.union([z.enum(['any', 'all']), whenRead(groupSchema)], STOP_WHEN);

function part(input: PartInput): Condition {
  return typeof input === 'string' ? { kind: 'rule', rule: input } : group(input, []);
}

function group(input: GroupInput, everyRule: readonly Condition[]): Condition {
  if (input.any !== undefined) return { kind: 'any', of: input.any.map(part) };
  if (input.all !== undefined) return { kind: 'all', of: input.all.map(part) };
  return { kind: 'atLeast', count: input.atLeast ?? 1, of: input.of?.map(part) ?? everyRule };
}

/** The condition a `stopWhen` means for a policy with these rules. */
export function normaliseStopWhen(input: StopWhenInput, ruleNames: readonly string[]): Condition {
  const everyRule = ruleNames.map((rule): Condition => ({ kind: 'rule', rule }));
  return typeof input === 'string' ? { kind: input, of: everyRule } : group(input, everyRule);
}
