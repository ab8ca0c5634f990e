/** Rules that may not stop by themselves: people are told of each once, however many environments it is so in. */
import { doubtOf } from '../core/calibration.ts';
import type { WatchdogEvent } from '../core/event.ts';

type Calibrated = Extract<WatchdogEvent, { kind: 'rule-calibrated' }>;

/** Whether the rule may not stop by itself where this was measured. */
export function isInDoubt({ calibration, insists, keepsFormer }: Calibrated): boolean {
  return insists !== true && keepsFormer !== true && doubtOf(calibration) !== undefined;
}

export interface Doubts {
  /** Whether the rule of the event was in doubt before it, anywhere. */
  before(event: WatchdogEvent): boolean;
  learn(event: WatchdogEvent): void;
}

export function doubts(): Doubts {
  /** By policy and rule: where. */
  const all = new Map<string, Map<string, Set<string>>>();
  function learnRule(event: Calibrated): void {
    const { policy, rule, target, application, environment, schedule } = event;
    if (event.keepsFormer === true) return;
    const rules = all.get(policy) ?? new Map<string, Set<string>>();
    const places = rules.get(rule) ?? new Set<string>();
    const place = JSON.stringify([target, application.id, environment.id, schedule ?? null]);
    if (isInDoubt(event)) places.add(place);
    else places.delete(place);
    if (places.size > 0) rules.set(rule, places);
    else rules.delete(rule);
    if (rules.size > 0) all.set(policy, rules);
    else all.delete(policy);
  }
  return {
    before: (event) => event.kind === 'rule-calibrated' && all.get(event.policy)?.has(event.rule) === true,
    learn(event) {
      if (event.kind === 'rule-calibrated') learnRule(event);
      if (event.kind !== 'policy-loaded') return;
      for (const policy of all.keys()) if (!event.policies.includes(policy)) all.delete(policy);
    },
  };
}
