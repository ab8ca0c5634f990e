/** Every alert that hooks and queues brought, as it stands now; the journal keeps what this is folded from. */
import { type Alert, type AlertBoard, type StandingAlert, stand } from '../core/alert.ts';
import type { WatchdogEvent } from '../core/event.ts';
import type { Instant } from '../core/time.ts';
import type { Record } from './watch-book.ts';

export interface AlertBook extends AlertBoard {
  /** Takes what a hook brought: what is new goes on record, then in here, and is returned. */
  take(hook: string, alerts: readonly Alert[], at: Instant): readonly StandingAlert[];
  /** Takes in what the journal holds, oldest first. */
  restore(event: WatchdogEvent): void;
}

/** By one hook. What is not firing any more goes first, then what has stood longest: that is from before the rollout. */
const MOST_BY_HOOK = 10_000;

type Standing = Map<string, StandingAlert>;

function makeRoom(standing: Standing): void {
  if (standing.size < MOST_BY_HOOK) return;
  for (const [key, { alert }] of standing) {
    if (alert.state !== 'resolved') continue;
    standing.delete(key);
    return;
  }
  const [oldest] = standing.keys();
  if (oldest !== undefined) standing.delete(oldest);
}

export function alertBook(record: Record): AlertBook {
  const hooks = new Map<string, Standing>();
  const standingOf = (hook: string): Standing => {
    const known = hooks.get(hook) ?? new Map();
    hooks.set(hook, known);
    return known;
  };
  const put = (standing: Standing, one: StandingAlert) => {
    // Put anew at the end: the order is that of the last news.
    standing.delete(one.alert.key);
    makeRoom(standing);
    standing.set(one.alert.key, one);
  };
  return {
    of: (hook) => [...(hooks.get(hook)?.values() ?? [])],
    isHeard: (hook) => hooks.has(hook),
    take(hook, alerts, at) {
      if (!hooks.has(hook)) record({ kind: 'hook-heard', at, hook });
      const standing = standingOf(hook);
      const news: StandingAlert[] = [];
      for (const alert of alerts) {
        const next = stand(standing.get(alert.key), alert, at);
        if (next === undefined) continue;
        record({ kind: 'alert-received', at, hook, alert });
        put(standing, next);
        news.push(next);
      }
      return news;
    },
    restore(event) {
      if (event.kind === 'hook-heard') standingOf(event.hook);
      if (event.kind !== 'alert-received') return;
      const standing = standingOf(event.hook);
      const next = stand(standing.get(event.alert.key), event.alert, event.at);
      if (next !== undefined) put(standing, next);
    },
  };
}
