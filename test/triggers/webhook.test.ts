/** What alerts of a hook say about a deployment: which concern it, which count, and in which words. */
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { alertBook } from '../../src/engine/alert-book.ts';
import { mayRing } from '../../src/triggers/webhook/match.ts';
import { opinion } from '../../src/triggers/webhook/opinion.ts';
import { webhookOptions } from '../../src/triggers/webhook/options.ts';
import { deploymentAt } from '../support/deployment.ts';

const START = Date.UTC(2026, 10, 22, 12);
const alert = (change: Partial<Alert> = {}): Alert => ({
  ...{ key: 'k', name: 'CheckoutErrors', state: 'firing', status: 'firing', since: START + 1_000 },
  ...{ labels: { service: 'checkout', env: 'prod', severity: 'page' }, summary: '4.2 % fail' },
  ...change,
});

function verdict(where: object, alerts: readonly Alert[], change = {}, preExisting: 'ignore' | 'stop' = 'ignore') {
  const book = alertBook(() => {});
  book.take('pager', alerts, START + 2_000);
  const options = webhookOptions().parse({ kind: 'webhook', hook: 'pager', where });
  const deployment = deploymentAt(START, change);
  return opinion(options, book, { deployment, now: START + 5_000, preExisting });
}

describe('where', () => {
  test.each<[string, object, boolean]>([
    ['the name', { name: 'CheckoutErrors' }, true],
    ['a glob on the name', { name: 'Checkout*' }, true],
    ['one of several names', { name: ['Other', 'Checkout*'] }, true],
    ['another name', { name: 'Payment*' }, false],
    ['a label by the deployment', { labels: { service: '{{deployment.application}}' } }, true],
    ['all labels', { labels: { service: 'checkout', severity: ['ticket', 'page'] } }, true],
    ['one label that does not fit', { labels: { service: 'checkout', severity: 'ticket' } }, false],
    ['a label that is not there', { labels: { team: '*' } }, false],
    ['a label of every object', { labels: { constructor: '*' } }, false],
    ['part of a text by the deployment', { name: '{{ deployment.application }}*', labels: { env: '*' } }, false],
    ["the sender's own word", { name: '*', status: 'fir*' }, true],
    ['another word of the sender', { name: '*', status: 'ALARM' }, false],
  ])('%s', (_, where, counts) => {
    expect(verdict(where, [alert()]).kind).toBe(counts ? 'breached' : 'healthy');
  });

  test('what a deployment is called stands for itself, whatever characters are in it', () => {
    const application = { id: 'app1234', name: '*' };
    const where = { labels: { service: '{{deployment.application}}' } };
    expect(verdict(where, [alert()], { application }).kind).toBe('healthy');
    expect(verdict(where, [alert({ labels: { service: '*' } })], { application }).kind).toBe('breached');
  });

  test('what is neither firing nor resolved counts where its word is named', () => {
    const silent = alert({ state: 'other', status: 'No Data' });
    expect(verdict({ name: '*' }, [silent]).kind).toBe('healthy');
    expect(verdict({ name: '*', status: ['No Data', 'firing'] }, [silent]).kind).toBe('breached');
  });
});

describe('where a deployment that is not known may be concerned', () => {
  const place = {
    ...{ target: 'main', region: 'eu-west-1', application: { id: 'app1234', name: 'checkout' } },
    environment: { id: 'env1234', name: 'prod' },
  };
  const { environment: _, ...anywhere } = place;
  const standing = { alert: alert(), since: START, arrivedAt: START };
  test.each<[string, object, boolean, boolean]>([
    ['without places', { name: 'Checkout*' }, true, true],
    ['of another name', { name: 'Payment*' }, false, false],
    ['by the application', { labels: { service: '{{deployment.application}}' } }, true, true],
    ['by its id', { labels: { service: '{{deployment.applicationId}}' } }, false, false],
    ['by the environment', { labels: { env: '{{deployment.environment}}' } }, true, true],
    ['by another environment', { labels: { service: '{{deployment.environment}}' } }, false, true],
    ['by what is not known yet', { labels: { service: 'check{{deployment.version}}' } }, true, true],
    [
      'by more than is known',
      { labels: { service: '{{deployment.application}}-{{deployment.number}}' } },
      false,
      false,
    ],
    ["by the sender's word", { name: '*', status: 'ALARM' }, false, false],
  ])('%s', (_name, where, there, somewhere) => {
    const parsed = webhookOptions().parse({ kind: 'webhook', hook: 'pager', where }).where;
    expect(mayRing(parsed, place)(standing)).toBe(there);
    expect(mayRing(parsed, anywhere)(standing)).toBe(somewhere);
  });

  test('not by one that is over', () => {
    const over = { ...standing, alert: alert({ state: 'resolved' }) };
    expect(mayRing({ name: ['*'] }, place)(over)).toBe(false);
  });
});

test('one that fires since before the start is not held against it, unless the policy says so', () => {
  const old = alert({ since: START - 1 });
  const ignored = verdict({ name: '*' }, [old]);
  expect(ignored.kind).toBe('inconclusive');
  expect(ignored.because).toContain('from before the deployment started');
  expect(verdict({ name: '*' }, [old], {}, 'stop').kind).toBe('breached');
});

test('a breach names each alert with its numbers, and of a storm the first', () => {
  expect(verdict({ name: '*' }, [alert()]).because).toBe(
    'alert "CheckoutErrors" is firing since 2026-11-22T12:00:01.000Z: 4.2 % fail',
  );
  const storm = Array.from({ length: 9 }, (_, index) => alert({ key: String(index) }));
  expect(verdict({ name: '*' }, storm).because).toMatch(/; and 4 more$/);
});

test('what others wrote cannot forge a line', () => {
  const { because } = verdict({ name: '*' }, [alert({ name: 'a\nb\u001b[31m', summary: 'x'.repeat(10_000) })]);
  expect(because).not.toMatch(/\p{Cc}/u);
  expect(because.length).toBeLessThan(1_000);
});

test('a hook by which nothing ever came says nothing, and is no health', () => {
  const options = webhookOptions().parse({ kind: 'webhook', hook: 'pager', where: { name: '*' } });
  const context = { deployment: deploymentAt(START), now: START, preExisting: 'ignore' } as const;
  const said = opinion(
    options,
    alertBook(() => {}),
    context,
  );
  expect(said.kind).toBe('inconclusive');
  expect(said.because).toContain('send it a test alert');
});

test.each<[string, object, string]>([
  ['no condition at all', {}, 'any alert would stop every deployment'],
  ['only a status', { status: 'ALARM' }, 'any alert would stop every deployment'],
  ['no label', { labels: {} }, 'expected at least one label'],
  ['a place that does not exist', { name: '{{deployment.app}}' }, 'expected one of {{deployment.application}}'],
  ['a list of nothing', { name: [] }, 'expected at least one'],
])('%s is refused with what would be right', (_, where, message) => {
  const parsed = webhookOptions().safeParse({ kind: 'webhook', hook: 'pager', where });
  expect(JSON.stringify(parsed.error?.issues)).toContain(message);
});
