/** How a deployment is undone: stopped by a user or by an alarm, rolled back, reverted. Pure. */
import type { Duration, Instant } from '../../core/time.ts';
import { advance, type Life, type LifeOptions, logEntry, underWay } from './lifecycle.ts';

/** Who or what ends a deployment. */
interface Cause {
  readonly triggeredBy: 'USER' | 'CLOUDWATCH_ALARM';
  /** The account or the ARN of the alarm: AWS puts it in the description of the rollback. */
  readonly name: string;
}

type StopResult =
  | { readonly kind: 'taken'; readonly life: Life }
  | { readonly kind: 'refused'; readonly because: string };

/** A completed deployment can be reverted for so long. */
const REVERT_WINDOW: Duration = 72 * 3_600_000;

/**
 * A rollback begins now and ends by itself after the time the options give it. AWS documents that the description names
 * the account or the alarm, and prints no example: the words around the name are the sandbox's own.
 */
export function rollBack(life: Life, now: Instant, cause: Cause, options: LifeOptions): Life {
  const started = `Rollback initiated by ${cause.name}`;
  return advance(
    {
      ...life,
      state: 'ROLLING_BACK',
      log: [...life.log, logEntry(options, now, 'ROLLBACK_STARTED', cause.triggeredBy, started)],
      plan: [
        {
          at: now + options.rollbackDuration,
          state: 'ROLLED_BACK',
          percentage: 0,
          entry: { type: 'ROLLBACK_COMPLETED', triggeredBy: cause.triggeredBy, description: 'Rollback completed' },
        },
      ],
    },
    now,
    options,
  );
}

/** StopDeployment as the user guide describes it; see {@link LifeOptions.baking} for what it leaves open. */
export function stop(
  life: Life,
  now: Instant,
  allowRevert: boolean,
  account: string,
  options: LifeOptions,
): StopResult {
  const cause: Cause = { triggeredBy: 'USER', name: account };
  if (life.state === 'BAKING' && !allowRevert && options.baking === 'strict') {
    return { kind: 'refused', because: 'The deployment is in state BAKING and can be stopped only with AllowRevert.' };
  }
  if (underWay(life)) return { kind: 'taken', life: rollBack(life, now, cause, options) };
  if (life.state !== 'COMPLETE') {
    return { kind: 'refused', because: `The deployment is in state ${life.state} and cannot be stopped.` };
  }
  if (!allowRevert) {
    return { kind: 'refused', because: 'The deployment is in state COMPLETE and can be undone only with AllowRevert.' };
  }
  if (now - (life.completedAt ?? life.startedAt) > REVERT_WINDOW) {
    return { kind: 'refused', because: 'The deployment was completed more than 72 hours ago and cannot be reverted.' };
  }
  return { kind: 'taken', life: revert(life, now, cause, options) };
}

/** There is no event for the start of a revert in the model, so it is over at once. */
function revert(life: Life, now: Instant, cause: Cause, options: LifeOptions): Life {
  return {
    ...life,
    state: 'REVERTED',
    percentage: 0,
    log: [
      ...life.log,
      logEntry(options, now, 'REVERT_COMPLETED', cause.triggeredBy, `Revert initiated by ${cause.name} completed`),
    ],
    plan: [],
  };
}
