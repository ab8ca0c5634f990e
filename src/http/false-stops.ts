/** How often rules would stop what is harmless, as their placebos say: kept from the events, for a gauge. */
import { falseStopRate } from '../core/calibration.ts';
import type { WatchdogEvent } from '../core/event.ts';
import type { Duration, Instant } from '../core/time.ts';

type Calibrated = Extract<WatchdogEvent, { kind: 'rule-calibrated' }>;

interface Known {
  readonly policy: string;
  readonly rule: string;
  /** 0..1 */
  readonly share: number;
  readonly at: Instant;
}

export interface FalseStops {
  onEvent(event: WatchdogEvent): void;
  /** For each rule the largest share (0..1) of all it was measured for lately. */
  largest(now: Instant): Iterable<Known>;
}

/** A rule is measured once a day for as long as it judges; what is older is of no deployment that runs. */
const FORGOTTEN_AFTER: Duration = 2 * 86_400_000;

/** Equal for what is measured for the same environment and schedule. */
function keyOf({ target, policy, rule, application, environment, schedule }: Calibrated): string {
  return JSON.stringify([target, policy, rule, application.id, environment.id, schedule ?? null]);
}

export function falseStops(): FalseStops {
  const all = new Map<string, Known>();
  const measured = (event: Calibrated) => {
    const { policy, rule, calibration, at } = event;
    if (event.keepsFormer === true) return;
    if (calibration.kind === 'calibrated')
      all.set(keyOf(event), { policy, rule, at, share: falseStopRate(calibration) });
    else all.delete(keyOf(event));
  };
  return {
    onEvent(event) {
      if (event.kind === 'rule-calibrated') measured(event);
      if (event.kind !== 'policy-loaded') return;
      for (const [key, { policy }] of all) if (!event.policies.includes(policy)) all.delete(key);
    },
    largest(now) {
      const largest = new Map<string, Known>();
      for (const [key, known] of all) {
        if (now - known.at > FORGOTTEN_AFTER) all.delete(key);
        const rule = `${known.policy}\0${known.rule}`;
        if (all.has(key) && known.share >= (largest.get(rule)?.share ?? 0)) largest.set(rule, known);
      }
      return largest.values();
    },
  };
}
