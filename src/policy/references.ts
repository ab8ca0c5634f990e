/** Cross-field rules: what is named must exist. */

import { accountOfRole } from '../lib/schema.ts';
import { type PartInput, type StopWhenInput, stopWhenSchema } from './condition.ts';
import type { Path } from './error.ts';
import type { Fault } from './fault.ts';
import type { Outline, PolicyOutline } from './outline.ts';
import { choice } from './suggest.ts';

/** Every name there is, or undefined where one could not be read, so that nothing can be said about the rest. */
function allNamed(names: readonly (string | undefined)[]): readonly string[] | undefined {
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length && known.length > 0 ? [...new Set(known)] : undefined;
}

/** A policy for targets that are not there can never match. */
export function unknownTargets({ targets, policies }: Outline): readonly Fault[] {
  const known = allNamed(targets.map((target) => target?.named));
  if (known === undefined) return [];
  return policies.flatMap((policy, index) =>
    (policy?.match?.targets ?? []).flatMap((name, at) => {
      if (name === undefined || name === '' || known.includes(name)) return [];
      return [{ path: ['policies', index, 'match', 'targets', at], expected: `a target: ${choice(name, known)}` }];
    }),
  );
}

export function roleOfAnotherAccount({ targets }: Outline): readonly Fault[] {
  return targets.flatMap((target, index) => {
    const owner = accountOfRole(target?.assumeRole?.arn ?? '');
    if (owner === undefined || target?.account === undefined || target.account === owner) return [];
    return [{ path: ['targets', index, 'account'], expected: `${owner}, the account the role belongs to` }];
  });
}

interface NamedRule {
  readonly rule: string;
  readonly path: Path;
}

/** The rules a `stopWhen` names, with where it names them. */
function named(input: PartInput, path: Path): readonly NamedRule[] {
  if (typeof input === 'string') return [{ rule: input, path }];
  const inside = (key: 'any' | 'all' | 'of') =>
    (input[key] ?? []).flatMap((part, index) => named(part, [...path, key, index]));
  return [...inside('any'), ...inside('all'), ...inside('of')];
}

/** `stopWhen` of a policy when it can be read, with its path and the rules there are. */
function readable(policy: PolicyOutline, index: number) {
  const rules = allNamed(policy?.rules.map((rule) => rule?.name) ?? []);
  const stopWhen = stopWhenSchema.safeParse(policy?.stopWhen);
  if (rules === undefined || !stopWhen.success) return undefined;
  return { rules, stopWhen: stopWhen.data, path: ['policies', index, 'stopWhen'] };
}

export function unknownRules({ policies }: Outline): readonly Fault[] {
  return policies.flatMap((policy, index) => {
    const found = readable(policy, index);
    if (found === undefined || typeof found.stopWhen === 'string') return [];
    return named(found.stopWhen, found.path)
      .filter(({ rule }) => !found.rules.includes(rule))
      .map(({ rule, path }) => ({ path, expected: `a rule of this policy: ${choice(rule, found.rules)}` }));
  });
}

/** A count that can never be reached, here or in a nested group. */
function tooMany(input: StopWhenInput | PartInput, path: Path, ruleCount: number): readonly Fault[] {
  if (typeof input === 'string') return [];
  const available = input.of?.length ?? ruleCount;
  const expected = `at most ${available}: there are no more to count`;
  const here = (input.atLeast ?? 0) > available ? [{ path: [...path, 'atLeast'], expected }] : [];
  const inside = (key: 'any' | 'all' | 'of') =>
    (input[key] ?? []).flatMap((part, index) => tooMany(part, [...path, key, index], 0));
  return [...here, ...inside('any'), ...inside('all'), ...inside('of')];
}

export function atLeastMoreThanThereAre({ policies }: Outline): readonly Fault[] {
  return policies.flatMap((policy, index) => {
    const found = readable(policy, index);
    return found === undefined ? [] : tooMany(found.stopWhen, found.path, found.rules.length);
  });
}
