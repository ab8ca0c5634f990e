/**
 * The people's own alerting: it sees the errors of each site as they are, tells every daemon when they begin and when they
 * are over, and tells again what goes on. Its messages take time, come twice and out of order, and wait while a daemon is down.
 */
import type { Alert } from '../../../src/core/alert.ts';
import { chanceFor } from '../scenario/chance.ts';
import { MINUTE, type Scenario } from '../scenario/scenario.ts';
import type { Site } from './aws.ts';
import type { Shop } from './shop.ts';

/** The name of the hook it sends to. */
export const PAGER = 'pager';

/** Per cent of errors that nobody should see. */
const TOO_MANY = 1;
const AGAIN: number = MINUTE;
const RETRY = 20_000;

interface State {
  firing: boolean;
  since: number;
  sentAt: number;
}

/** Where messages go: false while nobody takes them. */
type Receiver = (alert: Alert) => boolean;

export interface PagerOptions {
  readonly scenario: Scenario;
  readonly sites: readonly Site[];
  readonly shop: Shop;
  readonly now: () => number;
  readonly after: (duration: number, work: () => void) => void;
  /** Of each daemon. */
  readonly receivers: readonly Receiver[];
}

export interface Pager {
  tick(): void;
}

export function pagerOf({ scenario, sites, shop, now, after, receivers }: PagerOptions): Pager {
  const chance = chanceFor(scenario.seed, 'pager');
  const states = new Map<string, State>();

  const alertOf = (site: Site, { firing, since }: State): Alert => ({
    key: site.name,
    name: 'TooManyErrors',
    state: firing ? 'firing' : 'resolved',
    status: firing ? 'firing' : 'resolved',
    labels: { environment: site.name },
    since,
    summary: 'errors',
  });

  function send(site: Site, alert: Alert, receiver: Receiver): void {
    after(Math.round(chance.next() * scenario.slowest) + 1, () => {
      if (receiver(alert)) {
        if (alert.state === 'firing') shop.paged(site.name, alert.since ?? 0);
        return;
      }
      after(RETRY, () => send(site, alert, receiver));
    });
  }

  function tell(site: Site, state: State): void {
    state.sentAt = now();
    for (const receiver of receivers) send(site, alertOf(site, state), receiver);
  }

  return {
    tick() {
      for (const site of sites) {
        const firing = shop.errorsNow(site) > TOO_MANY;
        const before = states.get(site.name);
        if (before?.firing !== firing) {
          const state = { firing, since: now(), sentAt: now() };
          states.set(site.name, state);
          tell(site, state);
        } else if (firing && now() - before.sentAt >= AGAIN) {
          tell(site, before);
        }
      }
    },
  };
}
