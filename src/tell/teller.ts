/** Tells people: every event is rendered, routed, and put into the channels it concerns. Nothing here is waited for. */
import { isDeepStrictEqual } from 'node:util';
import type { WatchdogEvent } from '../core/event.ts';
import type { Notice } from '../core/notice.ts';
import type { Notifier } from '../core/seams.ts';
import type { Duration } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import { sameWithSecrets } from '../lib/secret.ts';
import { type Channel, channel, type Outcome } from './channel.ts';
import type { LinkTemplate } from './links.ts';
import { render } from './render.ts';
import { type Route, recipientsOf } from './routes.ts';
import { stories } from './story.ts';

/** The part of the policy file this is about. */
export interface Telling<Entry> {
  readonly notifiers: Readonly<Record<string, Entry>>;
  readonly notify: readonly Route[];
  readonly links: readonly LinkTemplate[];
  readonly policies: readonly {
    readonly name: string;
    readonly notify: readonly Route[];
    readonly links: readonly LinkTemplate[];
  }[];
}

export interface Opened {
  readonly notifier: Notifier;
  readonly incidents: boolean;
}

export interface TellerOptions<Entry> {
  readonly telling: Telling<Entry>;
  /** Makes a notifier out of its name and its entry in the policy file. */
  readonly open: (name: string, entry: Entry) => Opened;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told what became of each notice; must not throw. */
  readonly report: (outcome: Outcome) => void;
  /** Told when an event could not be rendered: a fault of this program. */
  readonly onFault: (event: WatchdogEvent, error: unknown) => void;
  /** Real milliseconds for one try; default 10 s. */
  readonly timeout?: Duration;
}

export interface Teller<Entry> {
  /** Never waits, never throws. */
  onEvent(event: WatchdogEvent): void;
  /** Takes in what a former life has told already. */
  learn(events: readonly WatchdogEvent[]): void;
  /** Puts new notifiers and routes in force; what did not change goes on, with its threads and what waits. */
  reload(telling: Telling<Entry>): void;
  /** Sends that are under way. */
  inFlight(): number;
  /** Gives what waits so many real milliseconds to go out, and ends. */
  end(within: Duration): Promise<void>;
}

/** A channel that was taken out of the file still tells what it was given. */
const RETIRE_WITHIN: Duration = 10_000;

interface Held<Entry> {
  readonly entry: Entry;
  readonly channel: Channel;
}

export function teller<Entry>(options: TellerOptions<Entry>): Teller<Entry> {
  const { open, clock, random, report, timeout } = options;
  const told = stories();
  let { telling } = options;
  let channels = new Map<string, Held<Entry>>();
  const retiring = new Set<Promise<void>>();

  function channelOf(name: string, entry: Entry): Held<Entry> {
    const before = channels.get(name);
    if (before !== undefined && sameWithSecrets(before.entry, entry)) return before;
    const limit = timeout === undefined ? {} : { timeout };
    return { entry, channel: channel({ name, clock, random, report, ...limit, ...open(name, entry) }) };
  }
  function openAll(): void {
    const next = new Map(Object.entries(telling.notifiers).map(([name, entry]) => [name, channelOf(name, entry)]));
    for (const held of channels.values()) {
      if ([...next.values()].includes(held)) continue;
      const retired = held.channel.end(RETIRE_WITHIN).finally(() => retiring.delete(retired));
      retiring.add(retired);
    }
    channels = next;
  }

  function linksOf(policies: readonly string[]): readonly LinkTemplate[] {
    const own = telling.policies.filter(({ name }) => policies.includes(name)).flatMap(({ links }) => links);
    const all = [...own, ...telling.links];
    return all.filter((link, index) => all.findIndex((other) => isDeepStrictEqual(link, other)) === index);
  }

  function wants({ incidents, hasOpen }: Channel, { incident, kind }: Notice, direct: boolean): boolean {
    if (incidents && incident === undefined && kind !== 'test') return false;
    return direct || (incident?.action === 'close' && (incidents || hasOpen(incident.key)));
  }
  function give(notice: Notice): void {
    const { direct, reachable } = recipientsOf(notice, telling);
    for (const name of reachable) {
      const held = channels.get(name);
      if (held !== undefined && wants(held.channel, notice, direct.has(name))) held.channel.put(notice);
    }
  }

  openAll();
  return {
    onEvent(event) {
      try {
        // A daemon that tells nobody remembers all the same: a reload may bring somebody.
        const notices = channels.size === 0 ? [] : render(event, told.before(event), { linksOf });
        for (const notice of notices) give(notice);
        told.learn(event);
      } catch (error) {
        options.onFault(event, error);
      }
    },
    learn(events) {
      for (const event of events) told.learn(event);
    },
    reload(next) {
      telling = next;
      openAll();
    },
    inFlight: () => [...channels.values()].reduce((sum, held) => sum + held.channel.inFlight(), 0),
    async end(within) {
      await Promise.all([...retiring, ...[...channels.values()].map((held) => held.channel.end(within))]);
    },
  };
}

/** What `notify test` sends. */
export function testNotice(now: number, by: string): Notice {
  return {
    id: `test/${now}`,
    at: now,
    kind: 'test',
    severity: 'info',
    title: 'appconfig-watchdog can reach you here',
    because: [`${by} ran \`appconfig-watchdog notify test\`: nothing is wrong`],
    facts: [{ name: 'What comes here', value: 'breaches, stops, rollbacks and what becomes of them' }],
    links: [],
    thread: 'test',
    policies: [],
  };
}
