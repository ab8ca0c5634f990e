/** Cross-field rules: what must be there only once. */
import { keyOf, type Path } from './error.ts';
import type { Fault } from './fault.ts';
import type { Outline } from './outline.ts';

interface Use {
  readonly text: string | undefined;
  readonly path: Path;
}

/** A fault at every use after the first. */
function again(uses: readonly Use[], what: string): readonly Fault[] {
  const first = new Map<string, Path>();
  return uses.flatMap(({ text, path }) => {
    if (text === undefined) return [];
    const before = first.get(text);
    first.set(text, before ?? path);
    return before === undefined ? [] : [{ path, expected: `${what} (${keyOf(before)} has this one)` }];
  });
}

export function duplicatePolicyNames({ policies }: Outline): readonly Fault[] {
  const uses = policies.map((policy, index) => ({ text: policy?.name, path: ['policies', index, 'name'] }));
  return again(uses, 'a name no other policy has');
}

export function duplicateRuleNames({ policies }: Outline): readonly Fault[] {
  return policies.flatMap((policy, index) => {
    const uses = policy?.rules.map((rule, at) => ({
      text: rule?.name,
      path: ['policies', index, 'rules', at, 'name'],
    }));
    return again(uses ?? [], 'a name no other rule of this policy has');
  });
}

export function duplicateTargetNames({ targets }: Outline): readonly Fault[] {
  const uses = targets.map((target, index) => ({
    text: target?.named,
    path: target?.name === undefined ? ['targets', index] : ['targets', index, 'name'],
  }));
  return again(uses, 'a name no other target has');
}

/** Two targets with one region, account and role would watch, and stop, every deployment twice. */
export function duplicateTargets({ targets }: Outline): readonly Fault[] {
  const named = new Set<string>();
  const uses = targets.map((target, index) => {
    const fresh = target?.named !== undefined && !named.has(target.named);
    if (target?.named !== undefined) named.add(target.named);
    const what = [target?.region, target?.account, target?.assumeRole?.arn];
    return { text: fresh ? JSON.stringify(what) : undefined, path: ['targets', index] };
  });
  return again(uses, 'a region, account and role no other target has');
}
