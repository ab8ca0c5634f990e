/** A clock that was put back: what was noted before lies ahead, and must not hold anything up until the clock is there again. */
import { expect, test } from 'vitest';
import { type DecisionPolicy, decide, overdueRules } from '../../src/core/decide.ts';
import type { WatchEvent } from '../../src/core/event.ts';
import { fold, type Watch } from '../../src/core/watch.ts';
import { deploymentAt } from '../support/deployment.ts';

const MINUTE = 60_000;
const BEFORE = 100 * 3_600_000;
/** Two hours earlier. */
const AFTER = 98 * 3_600_000;
const DEPLOYMENT = deploymentAt(BEFORE - 10 * MINUTE);
const watch = { deployment: DEPLOYMENT.ref, policy: 'p' };
const POLICY: DecisionPolicy = {
  mode: 'enforce',
  stopWhen: { kind: 'rule', rule: 'a' },
  onUnknown: { after: 5 * MINUTE, do: 'hold' },
  baking: 'stop',
  verify: { for: 10 * MINUTE },
};
const failure = { reason: 'throttled', retryable: true, message: 'slow down' } as const;
const unknown = (at: number): WatchEvent => ({
  kind: 'rule-judged',
  at,
  watch,
  rule: 'a',
  verdict: { kind: 'unknown', because: 'slow down', failure },
});

function watchOf(...events: readonly WatchEvent[]): Watch {
  const discovered: WatchEvent = {
    kind: 'deployment-discovered',
    at: BEFORE,
    watch,
    mode: 'enforce',
    snapshot: DEPLOYMENT,
    rules: ['a'],
  };
  const folded = [discovered, ...events].reduce<Watch | undefined>(fold, undefined);
  if (folded === undefined) throw new Error('no watch');
  return folded;
}

test('a stop that failed is tried again at the next look', () => {
  const failed = watchOf(
    { kind: 'stop-decided', at: BEFORE, watch, because: ['a: bad'], evidenceAt: BEFORE },
    { kind: 'stop-concluded', at: BEFORE, watch, outcome: { kind: 'failed', failure, attempts: 1 } },
  );
  const circumstances = { circuit: 'closed', freshSince: AFTER } as const;
  expect(decide(POLICY, failed, BEFORE + 1_000, circumstances).kind).toBe('keep-watching');
  expect(decide(POLICY, failed, AFTER, circumstances)).toMatchObject({ kind: 'stop', because: ['a: bad'] });
});

test('a rule that cannot be asked is overdue after as long as the policy says', () => {
  const mute = watchOf(unknown(BEFORE), unknown(AFTER));
  expect(overdueRules(POLICY, mute, AFTER + 4 * MINUTE)).toEqual([]);
  expect(overdueRules(POLICY, mute, AFTER + 5 * MINUTE)).toHaveLength(1);
});

test('what was undone is verified no longer than the policy says', () => {
  const breached = { kind: 'breached', because: 'bad' } as const;
  const undone = watchOf(
    { kind: 'rule-judged', at: BEFORE, watch, rule: 'a', verdict: breached },
    { kind: 'deployment-observed', at: BEFORE, watch, snapshot: { ...DEPLOYMENT, state: 'ROLLED_BACK' }, news: [] },
    { kind: 'rule-judged', at: AFTER, watch, rule: 'a', verdict: breached },
    { kind: 'rule-judged', at: AFTER + 10 * MINUTE, watch, rule: 'a', verdict: breached },
  );
  const circumstances = { circuit: 'closed', freshSince: AFTER + 10 * MINUTE } as const;
  expect(decide(POLICY, undone, AFTER + 9 * MINUTE, circumstances).kind).toBe('keep-watching');
  expect(decide(POLICY, undone, AFTER + 10 * MINUTE, circumstances)).toMatchObject({ recovery: 'not-recovered' });
});
