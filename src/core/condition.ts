/** How the verdicts of several rules combine into one: any, all, at least n, nested. */

export type Condition =
  | { readonly kind: 'rule'; readonly rule: string }
  | { readonly kind: 'any' | 'all'; readonly of: readonly Condition[] }
  | { readonly kind: 'atLeast'; readonly count: number; readonly of: readonly Condition[] };

/** Whether a condition holds when exactly the rules in `breached` are breached. */
export function holds(condition: Condition, breached: ReadonlySet<string>): boolean {
  switch (condition.kind) {
    case 'rule':
      return breached.has(condition.rule);
    case 'any':
      return condition.of.some((part) => holds(part, breached));
    case 'all':
      return condition.of.length > 0 && condition.of.every((part) => holds(part, breached));
    case 'atLeast':
      return condition.of.filter((part) => holds(part, breached)).length >= condition.count;
  }
}

/** Every rule a condition names. */
export function rulesIn(condition: Condition): readonly string[] {
  if (condition.kind === 'rule') return [condition.rule];
  return condition.of.flatMap(rulesIn);
}
