/** Telling is nobody's business but its own: each channel alone, in order, once, not too much, and over when it has to be. */
import { afterEach, describe, expect, it, test } from 'vitest';
import { type Failure, FailureError } from '../../src/core/failure.ts';
import type { Notice, Severity } from '../../src/core/notice.ts';
import type { Notifier } from '../../src/core/seams.ts';
import { type DrivenClock, drivenClock, turns } from '../../src/lib/clock.ts';
import { BURST } from '../../src/tell/allowance.ts';
import { type Channel, channel, type Outcome } from '../../src/tell/channel.ts';
import type { Route } from '../../src/tell/routes.ts';
import { type Teller, type Telling, teller } from '../../src/tell/teller.ts';
import { closing, noticeOf, opening } from '../support/notices.ts';
import { at, discovered, judged, recovery, requested, START, settled, stopFailed, watch } from './events.ts';

type Answer = 'ok' | 'hang' | Partial<Failure>;

/** A notifier that answers as it is told, and keeps what it took. */
interface Scripted extends Notifier {
  readonly taken: Notice[];
  tries: number;
  closed: number;
  answer: (notice: Notice) => Answer;
}

function scripted(answer: (notice: Notice) => Answer = () => 'ok'): Scripted {
  const self: Scripted = {
    taken: [],
    tries: 0,
    closed: 0,
    answer,
    async send(notice) {
      self.tries++;
      const says = self.answer(notice);
      // Heeds no signal: what it is given must hold all the same.
      if (says === 'hang') return new Promise<never>(() => {});
      if (says !== 'ok') throw new FailureError({ reason: 'unavailable', retryable: true, message: 'down', ...says });
      self.taken.push(notice);
    },
    close() {
      self.closed++;
    },
  };
  return self;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Given {
  readonly here: Channel;
  readonly clock: DrivenClock;
  readonly outcomes: Outcome[];
}

function channelTo(notifier: Notifier, incidents = false, timeout = 1_000): Given {
  const clock = drivenClock(START, () => turns(12));
  const outcomes: Outcome[] = [];
  const report = (outcome: Outcome) => outcomes.push(outcome);
  const here = channel({ name: 'oncall', notifier, incidents, clock, random: () => 0.5, report, timeout });
  ends.push(() => here.end(10));
  return { here, clock, outcomes };
}

const titles = (notices: readonly Notice[]) => notices.map(({ title }) => title);
const numbered = (count: number, severity: Severity = 'warning') =>
  Array.from({ length: count }, (_, index) => noticeOf({ title: `notice ${index}`, severity }));

describe('a channel', () => {
  it('tells in order, also when one has to be tried again', async () => {
    let down = true;
    const notifier = scripted(() => (down ? {} : 'ok'));
    const { here, clock, outcomes } = channelTo(notifier);
    for (const notice of numbered(5)) here.put(notice);
    await clock.advance(2_500);
    expect(notifier.taken).toEqual([]);
    expect(notifier.tries).toBeGreaterThan(1);
    down = false;
    await clock.advance(60_000);
    expect(titles(notifier.taken)).toEqual(['notice 0', 'notice 1', 'notice 2', 'notice 3', 'notice 4']);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'sent', 'sent', 'sent']);
  });

  it('tells one happening once', async () => {
    const notifier = scripted();
    const { here, clock } = channelTo(notifier);
    const notice = noticeOf();
    for (let i = 0; i < 3; i++) here.put({ ...notice });
    await clock.advance(1_000);
    here.put({ ...notice });
    await clock.advance(1_000);
    expect(notifier.taken).toHaveLength(1);
  });

  it('waits as long as it is asked to', async () => {
    let asked = 0;
    const notifier = scripted(() => (asked++ === 0 ? { reason: 'throttled', retryAfter: 90_000 } : 'ok'));
    const { here, clock } = channelTo(notifier);
    here.put(noticeOf());
    await clock.advance(89_000);
    expect(notifier.tries).toBe(1);
    await clock.advance(2_000);
    expect(notifier.taken).toHaveLength(1);
  });

  it('does not try again what cannot help, and goes on with the next', async () => {
    const notifier = scripted(({ title }) => (title === 'notice 0' ? { reason: 'rejected', retryable: false } : 'ok'));
    const { here, clock, outcomes } = channelTo(notifier);
    for (const notice of numbered(2)) here.put(notice);
    await clock.advance(1_000);
    expect(titles(notifier.taken)).toEqual(['notice 1']);
    expect(notifier.tries).toBe(2);
    expect(outcomes[0]).toMatchObject({ kind: 'failed', attempts: 1, failure: { reason: 'rejected' } });
  });

  it('gives one up after ten minutes, and says later that it was not told', async () => {
    const notifier = scripted(() => ({}));
    const { here, clock, outcomes } = channelTo(notifier);
    here.put(noticeOf({ title: 'lost' }));
    await clock.advance(700_000);
    expect(outcomes.map(({ kind }) => kind)).toContain('failed');
    const tried = outcomes.find((one) => one.kind === 'failed');
    expect(tried?.kind === 'failed' ? tried.attempts : 0).toBeGreaterThan(8);
    expect(notifier.tries).toBeLessThan(40);
    notifier.answer = () => 'ok';
    here.put(noticeOf({ title: 'found' }));
    await clock.advance(2_000_000);
    expect(titles(notifier.taken)).toEqual(['and 1 more notice that was not told here: 1 rolled-back', 'found']);
    expect(notifier.taken[0]?.because).toEqual(['among the last: lost']);
  });

  it('is not held up by a notifier that heeds no signal', async () => {
    const notifier = scripted(({ title }) => (title === 'notice 0' ? 'hang' : 'ok'));
    const { here, outcomes } = channelTo(notifier, false, 50);
    // It may be sent again, which the clock that stands still does not let happen: the next waits for it, nobody else.
    here.put(noticeOf({ title: 'notice 0' }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(here.inFlight()).toBe(0);
    expect(outcomes).toEqual([]);
  });

  it('survives a notifier that throws what is no error at all', async () => {
    const notifier: Notifier = {
      send() {
        throw new TypeError('a fault of this program');
      },
    };
    const { here, clock, outcomes } = channelTo(notifier);
    here.put(noticeOf());
    await clock.advance(1_000);
    expect(outcomes).toMatchObject([{ kind: 'failed', failure: { reason: 'internal', retryable: false } }]);
  });

  it('tells no more than people can read, and says what it left out', async () => {
    const notifier = scripted();
    const { here, clock, outcomes } = channelTo(notifier);
    for (const notice of numbered(100)) here.put(notice);
    await clock.advance(1_000);
    expect(notifier.taken).toHaveLength(BURST);
    await clock.advance(120_000);
    expect(titles(notifier.taken).at(-1)).toBe(
      `and ${100 - BURST} more notices that were not told here: 80 rolled-back`,
    );
    expect(notifier.taken).toHaveLength(BURST + 1);
    expect(outcomes.filter(({ kind }) => kind === 'left-out')).toHaveLength(100 - BURST);
  });

  it('lets what is critical through when there is too much of the rest, and not without end', async () => {
    const notifier = scripted();
    const { here, clock } = channelTo(notifier);
    for (const notice of [...numbered(50), ...numbered(100, 'critical')]) here.put(notice);
    await clock.advance(1_000);
    const critical = notifier.taken.filter(({ severity }) => severity === 'critical').length;
    expect(critical).toBe(BURST);
    await clock.advance(600_000);
    for (const notice of numbered(1)) here.put(notice);
    await clock.advance(1_000);
    expect(titles(notifier.taken).at(-1)).toBe('notice 0');
  });

  it('keeps no more than it can hold, and the most severe of it', async () => {
    const notifier = scripted(() => ({}));
    const { here, clock, outcomes } = channelTo(notifier, true);
    for (let i = 0; i < 300; i++) here.put(opening(`incident ${i}`));
    await clock.advance(1_000);
    const full = outcomes.filter((one) => one.kind === 'left-out' && one.because === 'full');
    expect(full.length).toBeGreaterThan(90);
    expect(full.length).toBeLessThan(101);
  });

  it('that keeps incidents is never held back for their number', async () => {
    const notifier = scripted();
    const { here, clock } = channelTo(notifier, true);
    for (let i = 0; i < 100; i++) here.put(opening(`incident ${i}`));
    await clock.advance(1_000);
    expect(notifier.taken).toHaveLength(100);
  });

  test.each([1, 2, 3])('makes the try it waits for when the process ends, and no further one (%d)', async (good) => {
    let asked = 0;
    const notifier = scripted(() => (++asked >= good ? 'ok' : {}));
    const { here, clock } = channelTo(notifier);
    here.put(noticeOf({ title: 'stopping' }));
    await clock.advance(100);
    await here.end(2_000);
    expect(titles(notifier.taken)).toEqual(good <= 2 ? ['stopping'] : []);
    expect(asked).toBe(Math.min(good, 2));
    expect(notifier.closed).toBe(1);
  });

  it('ends in time although the notifier hangs, and says what was left', async () => {
    const notifier = scripted(() => 'hang');
    const { here, outcomes } = channelTo(notifier, false, 60_000);
    for (const notice of numbered(3)) here.put(notice);
    await turns(5);
    const begun = performance.now();
    await here.end(200);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(outcomes.map((one) => (one.kind === 'left-out' ? one.because : one.kind))).toEqual([
      'failed',
      'ended',
      'ended',
    ]);
  });
});

interface Entry {
  readonly kind: string;
}
const ROUTE: Route = { to: 'chat', severity: 'info' };

function tellerTo(notifiers: Readonly<Record<string, Notifier>>, change: Partial<Telling<Entry>> = {}) {
  const clock = drivenClock(START, () => turns(12));
  const outcomes: Outcome[] = [];
  const opened: string[] = [];
  const telling: Telling<Entry> = {
    notifiers: Object.fromEntries(Object.keys(notifiers).map((name) => [name, { kind: name }])),
    ...{ notify: [], links: [], policies: [{ name: watch.policy, notify: [], links: [] }] },
    ...change,
  };
  const open = (_: string, { kind }: Entry) => {
    opened.push(kind);
    return { notifier: notifiers[kind] ?? scripted(), incidents: kind === 'pager' };
  };
  const report = (outcome: Outcome) => outcomes.push(outcome);
  const onFault = (_: unknown, error: unknown) => {
    throw error;
  };
  const here: Teller<Entry> = teller({ telling, open, clock, random: () => 0.5, report, onFault, timeout: 500 });
  ends.push(() => here.end(10));
  return { here, clock, outcomes, telling, opened };
}

const rolledBack = { kind: 'rolled-back', attempts: 1 } as const;
const BAD = [
  discovered(),
  judged('breached', 240),
  requested(241),
  settled(rolledBack, 261),
  recovery('recovered', 400),
];
const kinds = (notifier: Scripted) => notifier.taken.map(({ kind }) => kind);

describe('the teller', () => {
  it('goes by the routes: for everything, of the policy, by severity and kind', async () => {
    const [all, loud, some, ours, other] = [scripted(), scripted(), scripted(), scripted(), scripted()];
    const { here, clock } = tellerTo(
      { all, loud, some, ours, other },
      {
        notify: [
          { to: 'all', severity: 'info' },
          { to: 'loud', severity: 'critical' },
          { to: 'some', severity: 'info', kinds: ['rolled-back'] },
        ],
        policies: [
          { name: watch.policy, notify: [{ to: 'ours', severity: 'warning' }], links: [] },
          { name: 'another', notify: [{ to: 'other', severity: 'info' }], links: [] },
        ],
      },
    );
    here.onEvent({ kind: 'daemon-started', at: at(0), version: '1', targets: ['main'], policies: [watch.policy] });
    for (const event of BAD) here.onEvent(event);
    here.onEvent({ kind: 'circuit-opened', at: at(500), stops: 6, within: 600_000 });
    await clock.advance(5_000);
    const story = ['breach-seen', 'stop-requested', 'rolled-back'];
    expect(kinds(all)).toEqual(['watchdog-started', ...story, 'recovered', 'circuit-opened']);
    expect(kinds(loud)).toEqual(['circuit-opened']);
    expect(kinds(some)).toEqual(['rolled-back']);
    expect(kinds(ours)).toEqual(story);
    expect(kinds(other)).toEqual([]);
  });

  it('tells the end of an incident to who was told of its beginning, whatever the route says', async () => {
    const [loud, pager] = [scripted(), scripted()];
    const notify: Route[] = [
      { to: 'loud', severity: 'critical' },
      { to: 'pager', severity: 'critical' },
    ];
    const { here, clock } = tellerTo({ loud, pager }, { notify });
    // A life before may have opened it: the pager closes it all the same.
    for (const event of BAD) here.onEvent(event);
    await clock.advance(1_000);
    expect([kinds(loud), kinds(pager)]).toEqual([[], ['recovered']]);
    const again = (event: (typeof BAD)[number], later: number) => ({ ...event, at: event.at + later });
    for (const event of [again(discovered(), 1e6), stopFailed(1_300), again(recovery('recovered', 400), 1e6)])
      here.onEvent(event);
    await clock.advance(1_000);
    expect(kinds(loud)).toEqual(['stop-failed', 'recovered']);
    expect(kinds(pager)).toEqual(['recovered', 'stop-failed', 'recovered']);
  });

  it('isolates: one that hangs and one that is down keep nothing from the others', async () => {
    const [dead, down, well] = [scripted(() => 'hang'), scripted(() => ({})), scripted()];
    const notify = ['dead', 'down', 'well'].map((to): Route => ({ to, severity: 'info' }));
    const { here, clock, outcomes } = tellerTo({ dead, down, well }, { notify });
    const begun = performance.now();
    for (const event of BAD) here.onEvent(event);
    // Who tells waits for nothing: not even for the rendering of one to be sent.
    expect(performance.now() - begun).toBeLessThan(50);
    expect(well.tries).toBe(0);
    await clock.advance(5_000);
    expect(kinds(well)).toEqual(['breach-seen', 'stop-requested', 'rolled-back', 'recovered']);
    expect(outcomes.every(({ notifier }) => notifier === 'well')).toBe(true);
  });

  it('puts new notifiers in force, and leaves alone those that did not change', async () => {
    const [chat, pager] = [scripted(), scripted()];
    const { here, clock, telling, opened } = tellerTo(
      { chat, pager },
      { notify: [ROUTE, { to: 'pager', severity: 'info' }] },
    );
    here.onEvent({ kind: 'circuit-opened', at: at(500), stops: 6, within: 600_000 });
    here.reload({ ...telling, notifiers: { chat: { kind: 'chat' } }, notify: [ROUTE] });
    here.onEvent({ kind: 'circuit-closed', at: at(600), by: 'ann', reason: 'mended' });
    await clock.advance(1_000);
    expect(kinds(chat)).toEqual(['circuit-opened', 'circuit-closed']);
    // What it was given before it was taken out of the file is still told.
    expect(kinds(pager)).toEqual(['circuit-opened']);
    expect([chat.closed, pager.closed]).toEqual([0, 1]);
    expect(opened).toEqual(['chat', 'pager']);
  });

  it('tells nothing again that a former life told', async () => {
    const chat = scripted();
    const { here, clock } = tellerTo({ chat }, { notify: [ROUTE] });
    here.learn([discovered(), judged('breached', 240)]);
    for (const event of [discovered(), judged('breached', 300), requested(301, true), settled(rolledBack, 320)])
      here.onEvent(event);
    await clock.advance(1_000);
    expect(kinds(chat)).toEqual(['rolled-back']);
  });

  it('says the last word before it ends', async () => {
    const chat = scripted();
    const { here } = tellerTo({ chat }, { notify: [ROUTE] });
    here.onEvent({ kind: 'daemon-stopping', at: at(700), signal: 'SIGTERM', stopsInFlight: 0 });
    here.onEvent({ kind: 'daemon-stopped', at: at(701), clean: true });
    await here.end(2_000);
    expect(kinds(chat)).toEqual(['watchdog-stopping', 'watchdog-stopped']);
  });

  it('gives incidents only to who keeps them', async () => {
    const pager = scripted();
    const { here, clock } = tellerTo({ pager }, { notify: [{ to: 'pager', severity: 'info' }] });
    for (const event of [...BAD.slice(0, 4), stopFailed(300)]) here.onEvent(event);
    await clock.advance(1_000);
    expect(kinds(pager)).toEqual(['stop-failed']);
    expect([opening().incident?.action, closing().incident?.action]).toEqual(['open', 'close']);
  });
});
