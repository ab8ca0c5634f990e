/** Judges that a rule could have instead of a bound: those that follow the exposure, as they would stand in a policy file. */
import { judges } from '../judges/index.ts';
import type { MetricRule } from '../policy/schema.ts';

/** A judge as a policy file writes it: what has its default is left out. */
export type Written = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** What the numbers are: what the rule's own judge says of them, or what a plain Sum and anything else must be. */
function measureOf({ judge }: MetricRule, growing: boolean): Readonly<Record<string, unknown>> {
  if (!('metric' in judge)) return { metric: growing ? 'counts' : 'gauge' };
  const { metric, events, requests, sparse } = judge;
  return {
    metric,
    ...(events === undefined ? {} : { events }),
    ...(requests === undefined ? {} : { requests }),
    ...(sparse ? { sparse } : {}),
  };
}

/** `growing`: whether the query is a plain count, which a period can only add to. */
export function judgesToTry(rule: MetricRule, growing: boolean, side: 'above' | 'below'): readonly Written[] {
  const measure = { ...measureOf(rule, growing), ...(side === 'below' ? { harm: 'down' } : {}) };
  return [
    { kind: 'dose', ...measure },
    { kind: 'dose', ...measure, form: 'by-power' },
    { kind: 'threshold-or-dose', ...measure },
  ];
}

/** The judge with its defaults; undefined where it cannot be one of this rule. */
export function readJudge(written: Written): MetricRule['judge'] | undefined {
  for (const plugin of judges) {
    if (plugin.kind !== written.kind) continue;
    const parsed = plugin.options().safeParse(written);
    return parsed.success ? parsed.data : undefined;
  }
  return undefined;
}

/** One line for a table. */
export function judgeInWords({ kind, form, above, below, breaching }: Written): string {
  if (kind !== 'threshold') return form === undefined ? kind : `${kind}, form ${String(form)}`;
  const bound = above === undefined ? `below ${String(below)}` : `above ${String(above)}`;
  return `${kind} ${bound}, ${String(breaching)}`;
}
