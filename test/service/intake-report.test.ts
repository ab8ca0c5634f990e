/** What came in, as the log tells it: a sample, in this program's words, and every message counted. */
import { describe, expect, test } from 'vitest';
import { watchdogMetrics } from '../../src/http/metrics.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { watchdogLogger } from '../../src/log/logger.ts';
import { hookReport, queueReport } from '../../src/service/intake-report.ts';

function stage() {
  const clock = drivenClock(0);
  const lines: string[] = [];
  const metrics = watchdogMetrics({ version: '0.1.0', now: clock.now, process: false });
  const log = watchdogLogger({
    level: 'info',
    now: clock.now,
    destination: { write: (line) => lines.push(line) },
  });
  const options = { metrics, logger: log.logger, elapsed: clock.elapsed };
  const told = () => lines.splice(0).map((line) => JSON.parse(line));
  const count = async (line: string) => {
    const text = await metrics.registry.metrics();
    return Number(
      text
        .split('\n')
        .find((one) => one.startsWith(`appconfig_watchdog_${line} `))
        ?.split(' ')
        .at(-1),
    );
  };
  return { clock, told, count, hook: hookReport(options), queue: queueReport(options) };
}

describe('messages to hooks', () => {
  test('that were refused are counted one by one, and told once a minute with how many there were', async () => {
    const { clock, told, count, hook } = stage();
    const answer = { outcome: 'not-authentic', because: 'the bearer token is wrong', authentic: false } as const;
    for (let at = 0; at < 1_000; at++) hook({ hook: 'pager', answer });
    hook({ hook: undefined, answer: { ...answer, outcome: 'unknown-hook', because: 'there is no hook of this name' } });
    expect(told()).toMatchObject([
      { level: 'warn', event: 'hook-refused', hook: 'pager', outcome: 'not-authentic', messages: 1 },
      { event: 'hook-refused', hook: '(unknown)', outcome: 'unknown-hook' },
    ]);
    await clock.advance(60_000);
    hook({ hook: 'pager', answer });
    expect(told()).toMatchObject([{ hook: 'pager', messages: 1_000, because: 'the bearer token is wrong' }]);
    expect(await count('hook_messages_total{hook="pager",outcome="not-authentic"}')).toBe(1_001);
    expect(await count('hook_messages_total{hook="(unknown)",outcome="unknown-hook"}')).toBe(1);
  });

  test('that were taken are only counted; why one failed stands in the log, where the sender does not see it', async () => {
    const { told, count, hook } = stage();
    hook({ hook: 'pager', answer: { outcome: 'taken', authentic: true, alerts: 1 } });
    expect(told()).toEqual([]);
    hook({
      hook: 'pager',
      answer: { outcome: 'failed', because: 'send it again', detail: 'disk full', authentic: true },
    });
    hook({ hook: 'topic', answer: { outcome: 'noted', because: 'the subscription is confirmed', authentic: true } });
    expect(told()).toMatchObject([
      { outcome: 'failed', because: 'disk full' },
      { event: 'hook-noted', hook: 'topic' },
    ]);
    expect(await count('hook_messages_total{hook="pager",outcome="taken"}')).toBe(1);
  });
});

test('queues tell when they cannot be read and can again, and a sample of what they refuse', async () => {
  const { told, count, queue } = stage();
  queue({
    kind: 'unreachable',
    queue: 'alarms',
    failure: { reason: 'auth', retryable: false, message: 'not allowed' },
  });
  queue({ kind: 'reachable', queue: 'alarms' });
  for (let at = 0; at < 10; at++) queue({ kind: 'message', queue: 'alarms', outcome: 'refused', because: 'no JSON' });
  queue({ kind: 'message', queue: 'alarms', outcome: 'taken', because: '' });
  expect(told()).toMatchObject([
    { level: 'error', event: 'queue-unreachable', queue: 'alarms', reason: 'auth', because: 'not allowed' },
    { level: 'info', event: 'queue-reachable' },
    { level: 'warn', event: 'queue-message-refused', because: 'no JSON', messages: 1 },
  ]);
  expect(await count('queue_messages_total{queue="alarms",outcome="refused"}')).toBe(10);
});
