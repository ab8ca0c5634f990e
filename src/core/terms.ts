/** By what a policy decides, beside its mode and the verdicts of its rules. */
import type { Condition } from './condition.ts';
import type { Duration } from './time.ts';

export interface Terms {
  readonly stopWhen: Condition;
  readonly onUnknown: { readonly after: Duration; readonly do: 'hold' | 'stop' };
  readonly baking: 'stop' | 'ignore';
  /** How long the rules are watched after a rollback; 0 is not at all. */
  readonly verify: { readonly for: Duration };
}

/** Nothing but the terms of what has more. */
export function termsOf({ stopWhen, onUnknown, baking, verify }: Terms): Terms {
  return { stopWhen, onUnknown: { after: onUnknown.after, do: onUnknown.do }, baking, verify: { for: verify.for } };
}

/** Whether two decide the same from the same verdicts. */
export function sameTerms(one: Terms, other: Terms): boolean {
  return JSON.stringify(termsOf(one)) === JSON.stringify(termsOf(other));
}
