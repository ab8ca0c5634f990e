/** Slack beyond the contract: threads of a bot, its words for what went wrong, and what can mention somebody. */
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { WatchdogEvent } from '../../src/core/event.ts';
import type { Notifier } from '../../src/core/seams.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { httpClient } from '../../src/lib/http.ts';
import { slackMessage } from '../../src/notifiers/slack/blocks.ts';
import { threadBook } from '../../src/service/threads.ts';
import { opened } from '../contract/notifier-subjects.ts';
import { noticeOf } from '../support/notices.ts';
import { type Receiver, receiver } from '../support/receiver.ts';

const never = new AbortController().signal;

describe('a bot of Slack', () => {
  let there: Receiver;
  let bot: Notifier;
  let close: () => Promise<void>;
  let sent = 0;

  beforeEach(async () => {
    sent = 0;
    there = await receiver(() => {
      sent++;
      return { status: 200, body: JSON.stringify({ ok: true, ts: `1700000000.00000${sent}` }) };
    });
    const { notifier, http } = opened('slack', { token: 'xoxb-secret', channel: 'C0123', apiUrl: `${there.url}/api/` });
    bot = notifier;
    close = () => http.close();
  });
  afterEach(async () => {
    await close();
    await there[Symbol.asyncDispose]();
  });

  const forms = () => there.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

  it('answers the first message of a deployment with all others', async () => {
    const other = { thread: 'deployment/main/app1234/env1234/13' };
    for (const change of [{}, other, {}, other, {}]) await bot.send(noticeOf(change), never);
    expect(forms().map(({ thread_ts }) => thread_ts)).toEqual([
      ...[undefined, undefined, '1700000000.000001', '1700000000.000002', '1700000000.000001'],
    ]);
    expect(there.received[0]).toMatchObject({ path: '/api/chat.postMessage', method: 'POST' });
    expect(there.received[0]?.headers.authorization).toBe('Bearer xoxb-secret');
  });

  it('shows what is critical in the channel as well', async () => {
    await bot.send(noticeOf(), never);
    await bot.send(noticeOf({ severity: 'warning' }), never);
    await bot.send(noticeOf({ severity: 'critical' }), never);
    expect(forms().map(({ reply_broadcast }) => reply_broadcast)).toEqual([undefined, 'false', 'true']);
  });

  it('makes no thread of what is about no deployment', async () => {
    const { subject: _, ...daemon } = noticeOf({ thread: 'circuit' });
    for (let i = 0; i < 2; i++) await bot.send(daemon, never);
    expect(forms().map(({ thread_ts }) => thread_ts)).toEqual([undefined, undefined]);
  });

  it('goes on in the thread of a former life, and not in that of another channel or notifier', async () => {
    const events: WatchdogEvent[] = [];
    const clock = drivenClock(0);
    const life = (record: (event: WatchdogEvent) => void) => {
      const book = threadBook(clock, record);
      book.learn(events);
      return async (name: string, channel: string) => {
        const http = httpClient();
        const options = { token: 'xoxb-secret', channel, apiUrl: `${there.url}/api/` };
        await opened('slack', options, { http, clock, threads: book.of(name) }).notifier.send(noticeOf(), never);
        await http.close();
      };
    };
    await life((event) => events.push(event))('team', 'C0123');
    const next = life(() => {});
    await next('team', 'C0123');
    await next('team', 'C9999');
    await next('others', 'C0123');
    expect(events).toEqual([
      {
        ...{ kind: 'thread-opened', at: 0, notifier: 'team', id: '1700000000.000001' },
        thread: `C0123/${noticeOf().thread}`,
      },
    ]);
    expect(forms().map(({ thread_ts }) => thread_ts)).toEqual([undefined, '1700000000.000001', undefined, undefined]);
  });

  it('remembers a bounded number of threads', async () => {
    for (let n = 0; n <= 1_000; n++) await bot.send(noticeOf({ thread: `deployment/${n}` }), never);
    await bot.send(noticeOf({ thread: 'deployment/0' }), never);
    await bot.send(noticeOf({ thread: 'deployment/1000' }), never);
    expect(
      forms()
        .slice(-2)
        .map(({ thread_ts }) => thread_ts),
    ).toEqual([undefined, expect.any(String)]);
  });

  test.each([
    ['ratelimited', 'throttled', true],
    ['fatal_error', 'unavailable', true],
    ['token_revoked', 'auth', false],
    ['not_in_channel', 'rejected', false],
    ['<script>', 'malformed', true],
  ])('its word %s means %s', async (error, reason, retryable) => {
    there.reply = () => ({ status: 200, body: JSON.stringify({ ok: false, error }) });
    await expect(bot.send(noticeOf(), never)).rejects.toMatchObject({ failure: { reason, retryable } });
  });

  it('passes on how long Slack asks to wait', async () => {
    there.reply = () => ({ status: 429, headers: { 'retry-after': '30' } });
    await expect(bot.send(noticeOf(), never)).rejects.toMatchObject({
      failure: { reason: 'throttled', retryAfter: 30_000 },
    });
  });

  it('takes an answer that is none for none', async () => {
    there.reply = () => ({ status: 200, body: '<html>a proxy</html>' });
    await expect(bot.send(noticeOf(), never)).rejects.toMatchObject({ failure: { retryable: true } });
  });
});

describe('a message of Slack', () => {
  it('reads so', async () => {
    await expect(`${JSON.stringify(slackMessage(noticeOf({ id: 'fixed' })), null, 2)}\n`).toMatchFileSnapshot(
      './golden/slack.json',
    );
  });

  it('mentions nobody, whoever a name mentions', () => {
    const names = ['<!here>', '<@U0123>', '<!subteam^S0123>', '<#C0123>', '<https://evil.example|AWS console>'];
    const { blocks, text } = slackMessage(
      noticeOf({ title: names.join(' '), because: names, facts: names.map((name) => ({ name, value: name })) }),
    );
    expect(`${text} ${JSON.stringify(blocks)}`.match(/<[^h]/g)).toBeNull();
    expect(JSON.stringify(blocks).match(/<https:/g)).toHaveLength(1);
  });
});
