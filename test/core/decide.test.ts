/** The one function that says stop, on literal watches. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../../src/core/condition.ts';
import { type Circumstances, type DecisionPolicy, decide } from '../../src/core/decide.ts';
import type { WatchEvent } from '../../src/core/event.ts';
import type { Failure } from '../../src/core/failure.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { fold, type Watch } from '../../src/core/watch.ts';
import { deploymentAt } from '../support/deployment.ts';

const START = 1_000_000;
const NOW = START + 600_000;
const DEPLOYMENT = deploymentAt(START);
const WATCH = { deployment: DEPLOYMENT.ref, policy: 'p' };
const FAILURE: Failure = { reason: 'throttled', retryable: true, message: 'GetMetricData: slow down' };

const ANY: Condition = { kind: 'any', of: ['a', 'b', 'c'].map((rule) => ({ kind: 'rule', rule })) };
const POLICY: DecisionPolicy = {
  mode: 'enforce',
  stopWhen: ANY,
  onUnknown: { after: 300_000, do: 'hold' },
  baking: 'stop',
  verify: { for: 600_000 },
};
const CLOSED: Circumstances = { circuit: 'closed', freshSince: START };

function verdict(kind: Verdict['kind']): Verdict {
  if (kind === 'unknown') return { kind, because: FAILURE.message, failure: FAILURE };
  return { kind, because: `it is ${kind}` };
}

function watchOf(...events: WatchEvent[]): Watch {
  const discovered: WatchEvent = {
    kind: 'deployment-discovered',
    at: START,
    watch: WATCH,
    mode: 'enforce',
    snapshot: DEPLOYMENT,
    rules: ['a', 'b', 'c'],
  };
  const watch = [discovered, ...events].reduce<Watch | undefined>(fold, undefined);
  if (watch === undefined) throw new Error('no watch');
  return watch;
}

const judged = (rule: string, kind: Verdict['kind'], at = NOW): WatchEvent => ({
  kind: 'rule-judged',
  at,
  watch: WATCH,
  rule,
  verdict: verdict(kind),
});
const seen = (state: string, at = NOW): WatchEvent => ({
  kind: 'deployment-observed',
  at,
  watch: WATCH,
  snapshot: { ...DEPLOYMENT, state },
  news: [],
});
const decided: WatchEvent = { kind: 'stop-decided', at: NOW, watch: WATCH, because: ['a: bad'], evidenceAt: NOW };
const failed: WatchEvent = {
  kind: 'stop-concluded',
  at: NOW,
  watch: WATCH,
  outcome: { kind: 'failed', failure: FAILURE, attempts: 3 },
};

describe('while the deployment runs', () => {
  test('one that could not be read is not stopped once it is over by its own plan, and is as long as it reads so', () => {
    const planned = DEPLOYMENT.startedAt + (DEPLOYMENT.durationMinutes + DEPLOYMENT.bakeMinutes) * 60_000;
    const at = planned + 121_000;
    const bad = watchOf(judged('a', 'breached', at));
    expect(decide(POLICY, bad, at, { ...CLOSED, unread: true }).kind).toBe('keep-watching');
    expect(decide(POLICY, bad, at, CLOSED).kind).toBe('stop');
    const before = watchOf(judged('a', 'breached', planned));
    expect(decide(POLICY, before, planned, { ...CLOSED, unread: true }).kind).toBe('stop');
  });

  test('nothing judged: keep watching', () => {
    expect(decide(POLICY, watchOf(), NOW, CLOSED).kind).toBe('keep-watching');
  });

  test('a breach stops, with the rule and its reason', () => {
    expect(decide(POLICY, watchOf(judged('a', 'breached')), NOW, CLOSED)).toEqual({
      kind: 'stop',
      because: ['a: it is breached'],
      evidenceAt: NOW,
    });
  });

  test.each(['healthy', 'inconclusive', 'unknown'] as const)('%s does not stop', (kind) => {
    expect(decide(POLICY, watchOf(judged('a', kind)), NOW, CLOSED).kind).toBe('keep-watching');
  });

  test('a verdict from before the last look is too old to stop by', () => {
    const old = { ...CLOSED, freshSince: NOW + 1 };
    expect(decide(POLICY, watchOf(judged('a', 'breached')), NOW, old).kind).toBe('keep-watching');
  });

  test('a verdict that was judged before the clock was put back is not one of this look', () => {
    const both: DecisionPolicy = {
      ...POLICY,
      stopWhen: { kind: 'all', of: ANY.kind === 'any' ? ANY.of.slice(0, 2) : [] },
    };
    const back = NOW - 120_000;
    const watch = watchOf(judged('a', 'breached', NOW), judged('b', 'breached', back + 50));
    const decision = decide(both, watch, back + 50, { circuit: 'closed', freshSince: back });
    expect(decision.kind).toBe('keep-watching');
  });

  test.each([
    ['observe', { mode: 'observe' }, 'DEPLOYING', CLOSED, 'observe'],
    ['baking ignored', { baking: 'ignore' }, 'BAKING', CLOSED, 'baking-ignored'],
    ['circuit open', {}, 'DEPLOYING', { ...CLOSED, circuit: 'open' }, 'circuit-open'],
  ] as const)('%s withholds the stop and says so', (_, change, state, then, reason) => {
    const watch = watchOf(seen(state), judged('a', 'breached'));
    const decision = decide({ ...POLICY, ...change }, watch, NOW, then);
    expect(decision).toEqual({ kind: 'withhold', reason, because: ['a: it is breached'] });
  });

  test('a state of tomorrow is watched on', () => {
    const watch = watchOf(seen('PAUSED'), judged('a', 'breached'));
    expect(decide(POLICY, watch, NOW, CLOSED).kind).toBe('stop');
  });
});

describe('rules that cannot be asked', () => {
  const since = NOW - POLICY.onUnknown.after;
  test('hold, however long', () => {
    expect(decide(POLICY, watchOf(judged('a', 'unknown', since)), NOW, CLOSED).kind).toBe('keep-watching');
  });
  test('stop, after the time the policy gives, not before', () => {
    const policy: DecisionPolicy = { ...POLICY, onUnknown: { after: 300_000, do: 'stop' } };
    const watch = watchOf(judged('a', 'unknown', since));
    expect(decide(policy, watch, NOW - 1, CLOSED).kind).toBe('keep-watching');
    expect(decide(policy, watch, NOW, CLOSED).kind).toBe('stop');
  });
  test('a rule that is just being asked again is not yet one that could not be asked', () => {
    const policy: DecisionPolicy = {
      ...POLICY,
      stopWhen: { kind: 'all', of: ['a', 'b'].map((rule) => ({ kind: 'rule', rule })) },
      onUnknown: { after: 300_000, do: 'stop' },
    };
    const watch = watchOf(judged('a', 'unknown', since), judged('b', 'breached'));
    expect(decide(policy, watch, NOW, { ...CLOSED, freshSince: NOW }).kind).toBe('keep-watching');
    const asked = watchOf(judged('a', 'unknown', since), judged('b', 'breached'), judged('a', 'unknown'));
    expect(decide(policy, asked, NOW, { ...CLOSED, freshSince: NOW }).kind).toBe('stop');
  });
  test('an answer in between starts the time anew', () => {
    const policy: DecisionPolicy = { ...POLICY, onUnknown: { after: 300_000, do: 'stop' } };
    const watch = watchOf(judged('a', 'unknown', since), judged('a', 'healthy', since + 1), judged('a', 'unknown'));
    expect(decide(policy, watch, NOW, CLOSED).kind).toBe('keep-watching');
  });
});

describe('a stop that failed', () => {
  test('is tried again after a pause, even when the rules have become quiet', () => {
    const watch = watchOf(judged('a', 'breached'), decided, failed, judged('a', 'unknown'));
    expect(decide(POLICY, watch, NOW + 14_999, CLOSED).kind).toBe('keep-watching');
    expect(decide(POLICY, watch, NOW + 15_000, CLOSED)).toMatchObject({ kind: 'stop', because: ['a: bad'] });
  });
  test('with longer pauses, up to two minutes', () => {
    const watch = watchOf(decided, failed, decided, failed, decided, failed, decided, failed, decided, failed);
    expect(decide(POLICY, watch, NOW + 119_999, CLOSED).kind).toBe('keep-watching');
    expect(decide(POLICY, watch, NOW + 120_000, CLOSED).kind).toBe('stop');
  });
  test('is brought to its end when the deployment is over', () => {
    const watch = watchOf(decided, failed, seen('ROLLED_BACK'));
    expect(decide(POLICY, watch, NOW + 15_000, CLOSED).kind).toBe('stop');
  });
  test('is not tried again under a policy that only observes', () => {
    const watch = watchOf(decided, failed);
    expect(decide({ ...POLICY, mode: 'observe' }, watch, NOW + 60_000, CLOSED).kind).toBe('keep-watching');
  });
});

test('while a stop is under way nothing else is decided', () => {
  expect(decide(POLICY, watchOf(judged('a', 'breached'), decided), NOW, CLOSED).kind).toBe('keep-watching');
});

describe('when it is over', () => {
  test('complete: released, and what breached or was never judged is said', () => {
    const healthy = ['a', 'b', 'c'].map((rule) => judged(rule, 'healthy'));
    expect(decide(POLICY, watchOf(...healthy, seen('COMPLETE')), NOW, CLOSED)).toEqual({
      kind: 'release',
      because: 'COMPLETE; no rule was breached',
      unjudged: [],
      unstopped: [],
    });
    expect(decide(POLICY, watchOf(judged('a', 'healthy'), seen('COMPLETE')), NOW, CLOSED)).toEqual({
      kind: 'release',
      because: 'COMPLETE, and NEVER JUDGED by b, c; no rule was breached',
      unjudged: ['b', 'c'],
      unstopped: [],
    });
    const policy: DecisionPolicy = { ...POLICY, stopWhen: { ...ANY, kind: 'all' } };
    expect(decide(policy, watchOf(...healthy, judged('b', 'breached'), seen('COMPLETE')), NOW, CLOSED)).toMatchObject({
      because: 'COMPLETE; b breached, which was not enough for stopWhen',
    });
  });
  test('complete when the rules first say stop: told as harm that nobody stopped, not as "not enough"', () => {
    const watch = watchOf(judged('a', 'breached'), seen('COMPLETE'));
    expect(decide(POLICY, watch, NOW, CLOSED)).toMatchObject({
      because: 'COMPLETE before it could be stopped, and it does harm: a: it is breached',
      unstopped: ['a: it is breached'],
    });
    expect(decide({ ...POLICY, mode: 'observe' }, watch, NOW, CLOSED)).toMatchObject({ unstopped: [] });
  });
  test('complete, and breached only at an earlier look: the harm has passed, and the words say when it was', () => {
    const watch = watchOf(judged('a', 'breached'), judged('a', 'healthy', NOW + 9), seen('COMPLETE'));
    expect(decide(POLICY, watch, NOW + 9, { ...CLOSED, freshSince: NOW + 9 })).toMatchObject({ unstopped: [] });
  });
  test('undone: watched until the breached rules are healthy again', () => {
    const undone = [judged('a', 'breached', NOW - 9), seen('ROLLED_BACK')];
    expect(decide(POLICY, watchOf(...undone), NOW + 1, CLOSED).kind).toBe('keep-watching');
    const healthy = watchOf(...undone, judged('a', 'healthy', NOW + 60_000));
    expect(decide(POLICY, healthy, NOW + 60_000, CLOSED)).toMatchObject({ recovery: 'recovered' });
  });
  test.each([
    ['breached', 'not-recovered'],
    ['inconclusive', 'cannot-tell'],
    ['unknown', 'cannot-tell'],
  ] as const)('still %s when the time is up: %s', (kind, recovery) => {
    const watch = watchOf(judged('a', 'breached', NOW - 9), seen('ROLLED_BACK'), judged('a', kind, NOW + 599_000));
    expect(decide(POLICY, watch, NOW + 599_999, CLOSED).kind).toBe('keep-watching');
    expect(decide(POLICY, watch, NOW + 600_000, CLOSED)).toMatchObject({ kind: 'conclude-recovery', recovery });
  });
  test('undone after a stop for rules that could not be asked: all of them have to be healthy', () => {
    const unknown = ['a', 'b', 'c'].map((rule) => judged(rule, 'unknown', NOW - 9));
    const done: WatchEvent = {
      kind: 'stop-concluded',
      at: NOW,
      watch: WATCH,
      outcome: { kind: 'rolled-back', attempts: 1 },
    };
    const undone = [...unknown, decided, seen('ROLLED_BACK'), done];
    expect(decide(POLICY, watchOf(...undone), NOW + 1, CLOSED).kind).toBe('keep-watching');
    expect(decide(POLICY, watchOf(...undone), NOW + 600_000, CLOSED)).toMatchObject({ recovery: 'cannot-tell' });
    const healthy = ['a', 'b', 'c'].map((rule) => judged(rule, 'healthy', NOW + 60_000));
    expect(decide(POLICY, watchOf(...undone, ...healthy), NOW + 60_000, CLOSED)).toMatchObject({
      recovery: 'recovered',
    });
  });
  test('undone by others with no rule breached: released at once', () => {
    expect(decide(POLICY, watchOf(seen('ROLLED_BACK')), NOW, CLOSED).kind).toBe('release');
  });
});

describe('whatever happened', () => {
  const kinds = fc.constantFrom('healthy', 'breached', 'inconclusive', 'unknown' as const);
  const events = fc.array(
    fc.oneof(
      fc.record({ rule: fc.constantFrom('a', 'b', 'c'), kind: kinds }).map(({ rule, kind }) => judged(rule, kind)),
      fc.constantFrom('DEPLOYING', 'BAKING', 'ROLLING_BACK', 'ROLLED_BACK', 'REVERTED', 'COMPLETE').map((s) => seen(s)),
      fc.constantFrom(decided, failed),
    ),
  );
  test('observe never says stop', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 1e9 }), (all, later) => {
        const decision = decide({ ...POLICY, mode: 'observe' }, watchOf(...all), NOW + later, CLOSED);
        expect(decision.kind).not.toBe('stop');
      }),
    );
  });
  test('without a breach on record, nothing is stopped', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ rule: fc.constantFrom('a', 'b'), kind: kinds })), (all) => {
        const quiet = all.map(({ rule, kind }) => judged(rule, kind === 'breached' ? 'inconclusive' : kind));
        expect(decide(POLICY, watchOf(...quiet), NOW, CLOSED).kind).not.toBe('stop');
      }),
    );
  });
  test('a decision never changes the watch', () => {
    fc.assert(
      fc.property(events, (all) => {
        const watch = watchOf(...all);
        const before = structuredClone(watch);
        decide(POLICY, watch, NOW, CLOSED);
        expect(watch).toEqual(before);
      }),
    );
  });
});
