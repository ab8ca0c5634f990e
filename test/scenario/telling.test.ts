/** Whole daemon, sandbox, and people on the other end: who hears what of a bad rollout, in which order, whoever is dead. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { watchdogLogger } from '../../src/log/logger.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { type MailServer, mailServer } from '../support/mail.ts';
import { type Receiver, receiver } from '../support/receiver.ts';
import { policy } from './support/policy.ts';
import { type World, world } from './support/world.ts';

const TOKEN = 'xoxb-hunter2-hunter2';
const noticeOf = z.looseObject({
  kind: z.string(),
  thread: z.string(),
  title: z.string(),
  because: z.array(z.string()),
});

interface People extends AsyncDisposable {
  readonly slack: Receiver;
  readonly hook: Receiver;
  readonly dead: Receiver;
  readonly mail: MailServer;
  readonly notifiers: Readonly<Record<string, object>>;
}

async function people(): Promise<People> {
  let posted = 0;
  const slack = await receiver(() => {
    posted++;
    return { status: 200, body: JSON.stringify({ ok: true, ts: `1700000000.00000${posted}` }) };
  });
  const [hook, dead, mail] = [await receiver(), await receiver(() => 'hang'), await mailServer({ hideSTARTTLS: true })];
  return {
    ...{ slack, hook, dead, mail },
    notifiers: {
      slack: { kind: 'slack', token: TOKEN, channel: 'C1', apiUrl: `${slack.url}/api/` },
      hook: { kind: 'webhook', url: hook.url, secret: 'hunter3hunter3' },
      dead: { kind: 'teams', url: `${dead.url}/workflows/hunter4hunter4` },
      mail: {
        kind: 'email',
        host: '127.0.0.1',
        port: mail.port,
        tls: 'none',
        from: 'w@example.org',
        to: ['o@example.org'],
      },
    },
    async [Symbol.asyncDispose]() {
      for (const one of [slack, hook, dead, mail]) await one[Symbol.asyncDispose]();
    },
  };
}

interface Life extends AsyncDisposable {
  readonly service: Service;
  readonly events: WatchdogEvent[];
  /** Real milliseconds since the life began, by event. */
  readonly times: number[];
  readonly lines: string[];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchdog-telling-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let inFlight = () => 0;

function read(text: string) {
  const loaded = loadPolicy({ path: 'w.yaml', text }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  return loaded;
}

async function live(here: World, text: string): Promise<Life> {
  const { config, digest } = read(text);
  const events: WatchdogEvent[] = [];
  const times: number[] = [];
  const lines: string[] = [];
  const log = watchdogLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  const service = await startService({
    ...{ file: 'w.yaml', config, digest, clock: here.clock, random: () => 0.5, log, version: 'test' },
    onEvent(event) {
      events.push(event);
      times.push(performance.now());
    },
  });
  inFlight = () => service.daemon.inFlight();
  return { service, events, times, lines, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

const worldOf = () => world({ daemon: false, busy: () => inFlight() });
const notified = ({ received }: Receiver) => received.map(({ body }) => noticeOf.parse(JSON.parse(body)));
const kinds = (to: Receiver) => notified(to).map(({ kind }) => kind);
const file = (
  notifiers: object,
  change: Readonly<Record<string, unknown>> = {},
  own: Readonly<Record<string, unknown>> = {},
) => policy(own, { notifiers, http: { enabled: false }, journal: { path: join(folder, 'journal.db') }, ...change });

const everyone = (names: readonly string[]) => names.map((to) => ({ to }));
const over = ({ events }: Life) => events.some(({ kind }) => kind === 'watch-released');

describe('a bad rollout', () => {
  it('is told from start to end, in order and in one thread, and no stop waits for a channel that is dead', async () => {
    await using told = await people();
    await using here = await worldOf();
    const text = file(told.notifiers, { notify: everyone(['slack', 'hook', 'dead', 'mail']) });
    await using life = await live(here, text);
    await here.shop.deploy({ flag: 'bad' });
    await here.until('the watch is over', () => over(life));
    const story = ['breach-seen', 'stop-requested', 'rolled-back', 'recovered'];
    await expect.poll(() => kinds(told.hook)).toEqual(['watchdog-started', ...story]);
    await expect.poll(() => told.slack.received.length).toBe(5);
    await expect.poll(() => told.mail.letters.length).toBe(5);
    expect(told.dead.received.length).toBeGreaterThan(0);

    const about = notified(told.hook).slice(1);
    expect(new Set(about.map(({ thread }) => thread)).size).toBe(1);
    expect(about[2]?.title).toMatch(/^checkout\/prod\/1 rolled back in \S+, at most [246]0 % of the clients had it$/);
    for (const { because } of about) expect(because.join()).toMatch(/[\d.]+ at \d\d:\d\d:00/);

    const forms = told.slack.received.map(({ body }) => new URLSearchParams(body));
    expect(forms.map((form) => form.get('thread_ts'))).toEqual([
      null,
      null,
      ...story.slice(1).map(() => '1700000000.000002'),
    ]);
    expect(forms.map((form) => form.get('text')?.replace(/ at \d+ % exposure| in \S+,.*/, ''))).toEqual([
      '[info] appconfig-watchdog test watches main',
      '[warning] checkout/prod/1 breaches error-rate',
      '[warning] Stopping checkout/prod/1',
      '[warning] checkout/prod/1 rolled back',
      '[info] checkout/prod/1 was undone: the service has recovered',
    ]);
    expect(new Set(told.mail.letters.slice(1).map(({ headers }) => headers.references)).size).toBe(1);

    // From the breach to AWS's answer: nothing of telling lies between.
    const when = (kind: WatchdogEvent['kind']) =>
      life.times[life.events.findIndex((event) => event.kind === kind)] ?? Number.NaN;
    expect(when('stop-answered') - when('stop-decided')).toBeLessThan(1_000);
    expect(life.events.find(({ kind }) => kind === 'stop-answered')?.at).toBe(
      life.events.find(({ kind }) => kind === 'stop-decided')?.at,
    );

    const begun = performance.now();
    expect(await life.service.stop('SIGTERM')).toBe(true);
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect(kinds(told.hook).slice(-2)).toEqual(['watchdog-stopping', 'watchdog-stopped']);
    // What the dead one was not told is said, and no line holds what is secret.
    const log = life.lines.join('');
    expect(log).toContain('"event":"notify-left-out"');
    expect(log).not.toMatch(/hunter[234]/);
  }, 60_000);

  it('that is only observed is told once, over restarts, by the routes of its policy', async () => {
    await using told = await people();
    await using here = await worldOf();
    const { hook, slack } = told.notifiers;
    const notify = [{ to: 'hook', severity: 'warning' }];
    const text = file(
      { hook, slack },
      { notify: [{ to: 'slack', severity: 'critical' }] },
      { mode: 'observe', notify },
    );
    const first = await live(here, text);
    await here.shop.deploy({ flag: 'bad' });
    await here.until('it would have been stopped', () => first.events.some(({ kind }) => kind === 'stop-withheld'));
    await expect.poll(() => kinds(told.hook)).toEqual(['breach-seen', 'would-have-stopped']);
    await first.service.stop('SIGTERM');
    for (let life = 0; life < 2; life++) {
      await using next = await live(here, text);
      await here.advance('2m');
      expect(next.events.some(({ kind }) => kind === 'rule-judged')).toBe(true);
    }
    expect(kinds(told.hook)).toEqual(['breach-seen', 'would-have-stopped']);
    expect(told.slack.received).toEqual([]);
  }, 60_000);

  it('keeps its one thread over a restart', async () => {
    await using told = await people();
    await using here = await worldOf();
    const { slack } = told.notifiers;
    const text = file({ slack }, { notify: [{ to: 'slack', severity: 'warning' }] });
    const first = await live(here, text);
    await here.shop.deploy({ flag: 'bad' });
    await here.until('it is being stopped', () => first.events.some(({ kind }) => kind === 'stop-answered'));
    await expect.poll(() => told.slack.received.length).toBeGreaterThan(0);
    await first.service.stop('SIGTERM');
    const before = told.slack.received.length;
    await using next = await live(here, text);
    await here.until('the watch is over', () => over(next));
    await expect.poll(() => told.slack.received.length).toBeGreaterThan(before);
    const forms = told.slack.received.map(({ body }) => new URLSearchParams(body));
    const about = forms.filter((form) => form.get('text')?.includes('checkout/prod/1'));
    const threads = about.map((form) => form.get('thread_ts'));
    expect(threads.length).toBeGreaterThan(2);
    expect(threads).toEqual([null, ...threads.slice(1).map(() => '1700000000.000001')]);
  }, 60_000);

  it('that cannot be stopped opens an incident, which the recovery closes', async () => {
    await using told = await people();
    await using pager = await receiver(() => ({ status: 202, body: '{}' }));
    await using here = await worldOf();
    const key = '0123456789abcdef0123456789abcdef';
    const notifiers = { hook: told.notifiers.hook, pager: { kind: 'pagerduty', routingKey: key, url: pager.url } };
    await using life = await live(here, file(notifiers, { notify: everyone(['hook', 'pager']) }));
    here.sandbox.faults.add({ kind: 'throttling', operation: 'StopDeployment' });
    await here.shop.deploy({ flag: 'bad' });
    await here.until('a stop failed', () => life.events.some(({ kind }) => kind === 'stop-failed'));
    here.sandbox.faults.clear();
    await here.until('the watch is over', () => over(life));
    const actions = () =>
      pager.received.map(({ body }): { event_action: string; dedup_key: string } => JSON.parse(body));
    await expect
      .poll(() => actions().map(({ event_action }) => event_action))
      .toEqual(['resolve', 'trigger', 'resolve']);
    expect(
      new Set(
        actions()
          .slice(1)
          .map(({ dedup_key }) => dedup_key),
      ).size,
    ).toBe(1);
    expect(kinds(told.hook)).toEqual([
      ...['watchdog-started', 'breach-seen', 'stop-requested', 'stop-failed', 'rolled-back', 'recovered'],
    ]);
  }, 60_000);
});

describe('the policy file', () => {
  it('that is reloaded puts new channels in force; a refused one is told, and that one is good again', async () => {
    await using told = await people();
    await using second = await receiver();
    await using here = await worldOf();
    const { hook } = told.notifiers;
    const text = file({ hook }, { notify: everyone(['hook']) });
    await using life = await live(here, text);
    life.service.reload({ ok: false, errors: ['w.yaml:3:1: mode: expected enforce | observe, found enforced'] });
    await expect.poll(() => kinds(told.hook)).toEqual(['watchdog-started', 'policy-rejected']);
    const other = { kind: 'webhook', url: second.url, secret: 'hunter5hunter5' };
    life.service.reload(read(file({ hook, other }, { notify: everyone(['hook', 'other']) })));
    await expect.poll(() => kinds(told.hook)).toEqual(['watchdog-started', 'policy-rejected', 'policy-loaded']);
    await expect.poll(() => kinds(second)).toEqual(['policy-loaded']);
    life.service.reload(read(file({ other }, { notify: everyone(['other']) })));
    await here.advance('1m');
    expect(kinds(told.hook)).toHaveLength(3);
  }, 60_000);

  it('a channel that refuses what it is told is a line in the log, without what is secret, and nothing else', async () => {
    await using refusing = await receiver(({ path, headers }) => ({
      status: 404,
      body: `${path} ${JSON.stringify(headers)}`,
    }));
    await using here = await worldOf();
    const notifiers = { chat: { kind: 'slack', webhookUrl: `${refusing.url}/services/T0/B0/hunter6hunter6` } };
    await using life = await live(here, file(notifiers, { notify: everyone(['chat']), http: { port: 0 } }));
    await expect.poll(() => life.lines.join('')).toContain('"event":"notify-failed"');
    const line = life.lines.find((one) => one.includes('notify-failed')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      ...{ level: 'error', critical: true, notifier: 'chat', notice: 'watchdog-started', attempts: 1 },
      failure: { reason: 'not-found', retryable: false, status: 404 },
    });
    expect(life.lines.join('')).not.toContain('hunter6');
    const metrics = await fetch(`${life.service.url}/metrics`).then((answer) => answer.text());
    expect(metrics).toContain('appconfig_watchdog_notifications_total{notifier="chat",outcome="failed"} 1');
    expect(metrics).toContain('appconfig_watchdog_notifications_total{notifier="chat",outcome="sent"} 0');
    await here.advance('5m');
    expect(refusing.received.length).toBeLessThan(4);
  }, 60_000);
});
