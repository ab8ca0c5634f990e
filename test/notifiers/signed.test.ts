/** The webhook's signature, as a receiver verifies it; and what pagers and buses are sent, in order. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { httpClient } from '../../src/lib/http.ts';
import { signature } from '../../src/notifiers/webhook.ts';
import { threadBook } from '../../src/service/threads.ts';
import { opened } from '../contract/notifier-subjects.ts';
import { closing, noticeOf, opening } from '../support/notices.ts';
import { type Receiver, receiver } from '../support/receiver.ts';

const never = new AbortController().signal;
const KEY = '0123456789abcdef0123456789abcdef';
let there: Receiver;
const http = httpClient();
beforeEach(async () => {
  there = await receiver(() => ({ status: 202, body: '{}' }));
});
afterEach(() => there[Symbol.asyncDispose]());

const NOW = Date.UTC(2026, 10, 22, 12, 5, 7);
const clock = drivenClock(NOW);
const given = { http, clock, threads: threadBook(clock, () => {}).of('it') };
const bodies = () => there.received.map(({ body }): Record<string, unknown> => JSON.parse(body));

/** As docs/notifications.md tells receivers to do it. */
function verify(secret: string, header: string, body: string, now: number): boolean {
  const { t = '', v1 = '' } = Object.fromEntries(header.split(',').map((part) => part.split('=')));
  const expected = createHmac('sha256', secret).update(`${t}.${body}`).digest();
  const sent = Buffer.from(v1, 'hex');
  return Math.abs(now / 1_000 - Number(t)) <= 300 && sent.length === expected.length && timingSafeEqual(sent, expected);
}

describe('the webhook', () => {
  it('is signed so that a receiver can tell who sent it, when, and that nothing was changed', async () => {
    const { notifier } = opened(
      'webhook',
      { url: `${there.url}/hook?a=1`, secret: KEY, headers: { Authorization: 'Bearer b' } },
      given,
    );
    await notifier.send(noticeOf({ title: 'Prüfung 日本語' }), never);
    const [first] = there.received;
    if (first === undefined) throw new Error('nothing came');
    const { body, headers, path } = first;
    const signed = String(headers['x-watchdog-signature']);
    expect(path).toBe('/hook?a=1');
    expect(headers.authorization).toBe('Bearer b');
    expect(verify(KEY, signed, body, NOW)).toBe(true);
    expect(verify(KEY, signed, body.replace('warning', 'info'), NOW)).toBe(false);
    expect(verify('another', signed, body, NOW)).toBe(false);
    expect(verify(KEY, signed, body, NOW + 301_000)).toBe(false);
    expect(verify(KEY, signed.replace(/t=\d+/, `t=${Math.floor(NOW / 1_000) + 1}`), body, NOW)).toBe(false);
  });

  it('has the signature of the documented example', () => {
    expect(signature('secret', 1_795_349_107, '{"version":1}')).toBe(
      't=1795349107,v1=0583fe7ea7947ea9619b029cbfbfeafa37c3ea956e827fedaf8c22a052f9a996',
    );
  });

  it('says in a header which notice it is, so that one that comes twice is one', async () => {
    const { notifier } = opened('webhook', { url: there.url, secret: KEY }, given);
    const notice = noticeOf();
    for (let i = 0; i < 2; i++) await notifier.send(notice, never);
    const ids = there.received.map(({ headers }) => headers['x-watchdog-id']);
    expect(ids[0]).toBe(encodeURIComponent(notice.id));
    expect(new Set(ids).size).toBe(1);
  });
});

describe('PagerDuty', () => {
  it('is triggered and resolved by one key, and told nothing else', async () => {
    const { notifier } = opened('pagerduty', { routingKey: KEY, url: there.url }, given);
    for (const notice of [opening(), noticeOf(), closing()]) await notifier.send(notice, never);
    expect(bodies().map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ['trigger', 'appconfig-watchdog/deployment/main/app1234/env1234/12'],
      ['resolve', 'appconfig-watchdog/deployment/main/app1234/env1234/12'],
    ]);
    expect(bodies()[0]).toMatchObject({
      payload: {
        summary: 'checkout/prod/12 could NOT be stopped: stop it by hand',
        source: 'eu-west-1/checkout',
        severity: 'critical',
        component: 'prod',
        custom_details: { because: [expect.stringContaining('4.08')], Took: '20s, 1 StopDeployment call' },
      },
      links: [{ text: 'AWS console', href: expect.stringContaining('console.aws.amazon.com') }],
    });
  });

  it('is opened and closed again by a test, so that nobody stays paged', async () => {
    const { notifier } = opened('pagerduty', { routingKey: KEY, url: there.url }, given);
    await notifier.send(noticeOf({ kind: 'test', thread: 'test' }), never);
    expect(bodies().map(({ event_action }) => event_action)).toEqual(['trigger', 'resolve']);
  });

  it('is given a key it takes, however long the names', async () => {
    const { notifier } = opened('pagerduty', { routingKey: KEY, url: there.url }, given);
    for (const key of ['a', 'b']) {
      await notifier.send(opening(`${'k'.repeat(400)}${key}`), never);
      await notifier.send(closing(`${'k'.repeat(400)}${key}`), never);
    }
    const keys = bodies().map(({ dedup_key }) => String(dedup_key));
    expect(keys.every((key) => key.length <= 255)).toBe(true);
    expect([keys[0] === keys[1], keys[2] === keys[3], keys[0] === keys[2]]).toEqual([true, true, false]);
  });
});

describe('Opsgenie and Jira Service Management', () => {
  it('are told of an alert by its alias, to its end', async () => {
    const { notifier } = opened(
      'opsgenie',
      { apiKey: KEY, url: `${there.url}/v2/alerts`, responders: [{ type: 'team', name: 'oncall' }] },
      given,
    );
    for (const notice of [opening(), noticeOf(), closing()]) await notifier.send(notice, never);
    const alias = 'appconfig-watchdog/deployment/main/app1234/env1234/12';
    expect(there.received.map(({ path }) => path)).toEqual([
      '/v2/alerts',
      `/v2/alerts/${encodeURIComponent(alias)}/close?identifierType=alias`,
    ]);
    expect(bodies()[0]).toMatchObject({ alias, priority: 'P1', responders: [{ type: 'team', name: 'oncall' }] });
    expect(bodies()[1]).toMatchObject({ note: 'checkout/prod/12 was undone: the service has recovered' });
  });
});

describe('EventBridge', () => {
  it.each([
    ['ThrottlingException', 'throttled', true],
    ['InternalFailure', 'unavailable', true],
    ['NotAuthorizedForSourceException', 'rejected', false],
  ])('that answers 200 and did not take the event (%s) has failed', async (ErrorCode, reason, retryable) => {
    process.env.AWS_ENDPOINT_URL_EVENTBRIDGE = there.url;
    process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
    process.env.AWS_SECRET_ACCESS_KEY = 'not-a-secret';
    there.reply = () => ({
      status: 200,
      body: JSON.stringify({ FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage: 'no' }] }),
    });
    const { notifier } = opened(
      'eventbridge',
      { busArn: 'arn:aws:events:eu-west-1:111122223333:event-bus/default' },
      given,
    );
    await expect(notifier.send(noticeOf(), never)).rejects.toMatchObject({
      failure: { reason, retryable, code: ErrorCode },
    });
    notifier.close?.();
  });
});
