/** Events of one deployment for tests of what people are told, each with its usual contents. */
import type { Deployment } from '../../src/core/deployment.ts';
import type { EventKind, WatchdogEvent, WatchEvent } from '../../src/core/event.ts';
import type { Failure } from '../../src/core/failure.ts';
import type { Notice, NoticeKind } from '../../src/core/notice.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import type { LinkTemplate } from '../../src/tell/links.ts';
import { render } from '../../src/tell/render.ts';
import { stories } from '../../src/tell/story.ts';
import { deploymentAt } from '../support/deployment.ts';

export const START = Date.UTC(2026, 10, 22, 12);
export const at = (seconds: number): number => START + 1_000 * seconds;

const running = deploymentAt(START, {
  percentage: 40,
  events: [
    ...deploymentAt(START).events,
    {
      type: 'PERCENTAGE_UPDATED',
      triggeredBy: 'APPCONFIG',
      description: 'Configuration available to 40.00% of clients',
      at: at(120),
      actions: [],
    },
  ],
});
const undone: Deployment = { ...running, state: 'ROLLED_BACK', percentage: 0 };
export const complete: Deployment = { ...running, state: 'COMPLETE', percentage: 100 };
export const { ref } = running;
export const watch = { deployment: ref, policy: 'checkout-prod' };
export const denied: Failure = {
  reason: 'auth',
  retryable: false,
  message: 'StopDeployment: not authorized',
  code: 'AccessDeniedException',
  requestId: 'req-1',
};

export type EventOf<Kind extends EventKind> = Extract<WatchdogEvent, { kind: Kind }>;

export const discovered = (change: Partial<EventOf<'deployment-discovered'>> = {}): WatchEvent => ({
  ...{ kind: 'deployment-discovered', at: at(5), watch, mode: 'enforce', snapshot: running, rules: ['error-rate'] },
  ...change,
});

export const judged = (
  kind: 'healthy' | 'breached' | 'inconclusive',
  seconds: number,
  rule = 'error-rate',
): WatchEvent => {
  const verdict: Verdict = { kind, because: `100 * errors / requests above 1: ${kind} 4.08 at 12:04:00` };
  return { kind: 'rule-judged', at: at(seconds), watch, rule, verdict };
};

export const because = ['error-rate: 100 * errors / requests above 1: 4.08 at 12:04:00 (errors 244.8, requests 6000)'];

export const requested = (seconds: number, resumes = false): EventOf<'stop-requested'> => ({
  ...{ kind: 'stop-requested', at: at(seconds), deployment: ref, because, allowRevert: false, resumes },
  by: { kind: 'policy', policy: 'checkout-prod' },
});

export const settled = (
  outcome: EventOf<'stop-settled'>['outcome'],
  seconds: number,
  snapshot = undone,
): EventOf<'stop-settled'> => ({
  ...{ kind: 'stop-settled', at: at(seconds), deployment: ref, because, outcome, snapshot, duration: 20_000 },
  ...{ by: { kind: 'policy', policy: 'checkout-prod' }, answer: {}, stopRequestId: 'stop-1' },
});

export const stopFailed = (seconds: number, failure = denied): EventOf<'stop-failed'> => ({
  ...{ kind: 'stop-failed', at: at(seconds), deployment: ref, failure, attempts: 3, duration: 120_000 },
});

export const recovery = (
  how: EventOf<'recovery-judged'>['recovery'],
  seconds: number,
  policy = watch.policy,
): WatchEvent => ({
  ...{ kind: 'recovery-judged', at: at(seconds), watch: { ...watch, policy }, recovery: how, because },
});

export const released = (change: Partial<EventOf<'watch-released'>> = {}): WatchEvent => ({
  ...{ kind: 'watch-released', at: at(900), watch, because: 'COMPLETE', finalState: 'COMPLETE', unjudged: [] },
  ...change,
});

/** What is told of these events, one after the other; `known` are events that were told in a former life. */
export function toldOf(
  events: readonly WatchdogEvent[],
  links: readonly LinkTemplate[] = [],
  known: readonly WatchdogEvent[] = [],
): readonly Notice[] {
  const told = stories();
  for (const event of known) told.learn(event);
  return events.flatMap((event) => {
    const notices = render(event, told.before(event), { linksOf: () => links });
    told.learn(event);
    return notices;
  });
}

export const kindsOf = (
  events: readonly WatchdogEvent[],
  known: readonly WatchdogEvent[] = [],
): readonly NoticeKind[] => toldOf(events, [], known).map(({ kind }) => kind);
