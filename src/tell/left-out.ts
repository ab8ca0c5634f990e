/** What a channel was not told, counted by kind until it can be said. */
import type { Notice, NoticeKind } from '../core/notice.ts';
import type { Instant } from '../core/time.ts';
import { counted } from '../lib/text.ts';
import { KINDS } from './kinds.ts';

export interface LeftOut {
  note(notice: Notice): void;
  any(): boolean;
  /** One notice that says how many of which kind; the count goes on until {@link LeftOut.told}. */
  summary(now: Instant): Notice;
  /** What the summary said is said. */
  told(): void;
}

export function leftOut(channel: string): LeftOut {
  let counts = new Map<NoticeKind, number>();
  let said = new Map<NoticeKind, number>();
  let latest: string[] = [];
  return {
    note(notice) {
      counts.set(notice.kind, (counts.get(notice.kind) ?? 0) + 1);
      latest = [...latest, notice.title].slice(-5);
    },
    any: () => counts.size > 0,
    summary(now) {
      said = new Map(counts);
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const byKind = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
      return {
        id: `left-out/${channel}/${now}`,
        at: now,
        kind: 'notices-left-out',
        severity: KINDS['notices-left-out'].severity,
        title: `and ${counted(total, 'more notice that was', 'more notices that were')} not told here: ${byKind}`,
        because: latest.map((title) => `among the last: ${title}`),
        facts: [{ name: 'Where all of it stands', value: 'the log, and `appconfig-watchdog explain`' }],
        links: [],
        thread: 'watchdog',
        policies: [],
      };
    },
    told() {
      const rest = [...counts].map(([kind, count]) => [kind, count - (said.get(kind) ?? 0)] as const);
      counts = new Map(rest.filter(([, count]) => count > 0));
      said = new Map();
      if (counts.size === 0) latest = [];
    },
  };
}
