import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { healthCommand } from '../../src/cli/health.ts';
import { statusCommand } from '../../src/cli/status.ts';
import type { Json } from '../../src/core/json.ts';
import { startHttp } from '../../src/http/server.ts';
import { type StatusFacts, statusReport } from '../../src/http/status.ts';
import { at, atTwenty, watch } from '../journal/events.ts';
import { run } from './explain-status-io.ts';

const FACTS: StatusFacts = {
  targets: [
    { name: 'prod-eu', discoveredAt: at(1) },
    { name: 'prod-us', unreachableSince: at(2) },
  ],
  watches: [
    {
      ref: watch,
      mode: 'enforce',
      deployment: { ...atTwenty, application: { id: 'abc1234', name: 'check\u001b[2Jout' } },
      discoveredAt: at(5),
      phase: 'stopping',
      rules: {
        'error-rate': {
          rule: 'error-rate',
          told: false,
          verdict: { kind: 'breached', because: 'was 4.2' },
          judgedAt: at(299),
        },
        pager: { rule: 'pager', told: false },
      },
      withheld: [],
      stop: { decidedAt: at(300), because: ['error-rate: was 4.2'], failures: 0 },
    },
  ],
  stopsInFlight: 1,
  circuit: 'closed',
};

function daemon(ok: boolean, status: Json) {
  const report = { ok, because: ok ? [] : ['no pass over prod-eu for 5m'] };
  return startHttp({
    host: '127.0.0.1',
    port: 0,
    health: () => report,
    ready: () => report,
    metrics: new Registry(),
    status: () => status,
  });
}

test('status shows what is under watch, harmlessly', async () => {
  await using server = await daemon(true, JSON.parse(JSON.stringify(statusReport(FACTS, '0.1.0', at(301)))));
  const ran = await run(statusCommand, '--url', server.url);
  expect([ran.code, ran.err]).toEqual([0, '']);
  await expect(ran.out).toMatchFileSnapshot('golden/status.txt');
  expect(ran.out).not.toContain('\u001b');
  const json = JSON.parse((await run(statusCommand, '--url', server.url, '--json')).out);
  expect(json.watches[0]).toMatchObject({ policy: 'checkout-prod', stop: 'in flight since 2026-11-03T12:05:00.000Z' });
});

test('status tells of a stop that was withheld until it was made', async () => {
  const [first] = FACTS.watches;
  if (first === undefined) throw new Error('no watch');
  const { stop: _, ...unstopped } = { ...first, withheld: ['circuit-open' as const] };
  const shown = async (watches: StatusFacts['watches']) => {
    const facts = statusReport({ ...FACTS, watches }, '0.1.0', at(301));
    await using server = await daemon(true, JSON.parse(JSON.stringify(facts)));
    return (await run(statusCommand, '--url', server.url)).out;
  };
  expect(await shown([unstopped])).toContain('withheld: circuit-open');
  const made = await shown([{ ...first, withheld: ['circuit-open'] }]);
  expect(made).toContain('in flight since');
  expect(made).not.toContain('withheld');
});

test('status without watches', async () => {
  await using server = await daemon(
    true,
    JSON.parse(JSON.stringify(statusReport({ ...FACTS, watches: [] }, '0.1.0', at(1)))),
  );
  expect((await run(statusCommand, '--url', server.url)).out).toContain('nothing under watch');
});

test('status of something else', async () => {
  await using server = await daemon(true, { hello: 'world' });
  const ran = await run(statusCommand, '--url', server.url);
  expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('did not answer like this program')]);
});

test.each([
  [true, 0],
  [false, 1],
])('health when healthy is %s exits %i', async (ok, code) => {
  await using server = await daemon(ok, null);
  const ran = await run(healthCommand, '--url', server.url);
  expect([ran.code, JSON.parse(ran.out).ok]).toEqual([code, ok]);
});

test('health of nobody', async () => {
  const server = await daemon(true, null);
  await server.stop();
  const ran = await run(healthCommand, '--url', server.url);
  expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/no answer from .*ECONNREFUSED/)]);
});
