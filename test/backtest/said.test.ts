/** What triggers said in the past: the backtest stops by it where a real daemon did. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { backtestCommand } from '../../src/cli/backtest.ts';
import { openJournal } from '../../src/journal/open.ts';
import { connectTarget } from '../../src/service/connect.ts';
import { runIn } from '../cli/explain-status-io.ts';
import { alarmRule, policy } from '../scenario/support/policy.ts';
import { type World, world } from '../scenario/support/world.ts';

const ALARM = 'too-many-errors';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'said-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const answer = z.looseObject({
  totals: z.looseObject({ falseStops: z.number(), misses: z.number(), stopped: z.number() }),
  deployments: z.array(
    z.looseObject({ stop: z.looseObject({ at: z.string(), because: z.array(z.string()) }).optional() }),
  ),
  notes: z.array(z.string()),
});

async function backtest(here: World, ...args: readonly string[]) {
  const connect = (target: Parameters<typeof connectTarget>[0]) => connectTarget(target, { clock: here.clock });
  const ran = await runIn({}, (io) => backtestCommand({ io, clock: here.clock, connect }), '--json', ...args);
  return { ...ran, answer: () => answer.parse(JSON.parse(ran.out)) };
}

async function putAlarm(here: World, metric: string): Promise<void> {
  const alarm = {
    AlarmName: ALARM,
    Namespace: 'Shop',
    MetricName: metric,
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 100,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'ignore',
  } as const;
  await here.cloudwatch.send(new PutMetricAlarmCommand(alarm));
}

test('an alarm of the past stops where the real daemon stopped, and what is saved does so as well', async () => {
  const text = policy({ rules: [alarmRule([ALARM])] });
  await using here = await world({ policy: text });
  await putAlarm(here, 'Errors');
  await here.advance('5m');
  await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  const [decided] = here.of('stop-decided');
  expect(decided?.because[0]).toMatch(/^pager: alarm "too-many-errors" is in ALARM since /);
  await here.advance('30m');
  await here.shop.deploy({ flag: 'good' });
  await here.advance('2h');

  const past = join(folder, 'alarms');
  const asked = await backtest(here, '--policy', file('alarm.yaml', text), '--save', past);
  const { totals, deployments, notes } = asked.answer();
  expect(deployments.map(({ stop }) => stop?.at)).toEqual([new Date(decided?.at ?? 0).toISOString(), undefined]);
  expect(deployments[0]?.stop?.because).toEqual(decided?.because);
  expect(totals).toMatchObject({ stopped: 1, falseStops: 0, misses: 0 });
  expect(notes.join()).not.toContain('not known');

  const before = here.sandbox.requests().length;
  const given = await backtest(here, '--policy', join(folder, 'alarm.yaml'), '--data', past);
  expect(here.sandbox.requests().length).toBe(before);
  expect(given.answer().deployments).toEqual(deployments);

  const triggers = JSON.parse(readFileSync(join(past, 'triggers.json'), 'utf8'));
  triggers[0].said[0].states[0][0] = 'yesterday';
  writeFileSync(join(past, 'triggers.json'), JSON.stringify(triggers));
  const broken = await backtest(here, '--policy', join(folder, 'alarm.yaml'), '--data', past);
  expect(broken.code).toBe(2);
  expect(broken.err).toMatch(
    /^error: triggers\.json: pager: said: 0\.states\.0\.0: expected a time with a zone, such as/,
  );
}, 60_000);

test('an alarm that rang before the start counts as it does in the daemon, and one that is not there is a gap', async () => {
  const text = policy({ rules: [alarmRule([ALARM])] });
  await using here = await world({ policy: text, daemon: false });
  await putAlarm(here, 'Nothing');
  const set = (StateValue: 'ALARM' | 'OK') =>
    here.cloudwatch.send(new SetAlarmStateCommand({ AlarmName: ALARM, StateValue, StateReason: `set ${StateValue}` }));
  await set('ALARM');
  await here.advance('90m');
  await here.shop.deploy({ flag: 'good' });
  await here.advance('30m');
  await set('OK');
  await here.advance('1h');
  const ignoring = (await backtest(here, '--policy', file('old.yaml', text))).answer();
  expect(ignoring.deployments.map(({ stop }) => stop)).toEqual([undefined]);
  const strict = policy({ rules: [alarmRule([ALARM])], preExisting: 'stop' });
  const stopping = (await backtest(here, '--policy', file('strict.yaml', strict))).answer();
  expect(stopping.totals).toMatchObject({ falseStops: 1 });
  const other = policy({ rules: [alarmRule(['none-of-that-name'])] });
  const gap = await backtest(here, '--policy', file('gap.yaml', other));
  expect(gap.err).toContain('rule pager: DescribeAlarms: there is no alarm named "none-of-that-name"');
  expect(gap.answer().notes).toContain('pager: what a trigger (alarm) said in the past is not known: it takes no part');
}, 60_000);

test('alerts of the past are in the journal: one that came between two looks is acted on when it came', async () => {
  const rule = { name: 'pager', trigger: { kind: 'webhook', hook: 'alertmanager', where: { name: 'CheckoutErrors' } } };
  const text = policy({ rules: [rule] }, { hooks: { alertmanager: { kind: 'alertmanager', insecure: true } } });
  await using here = await world({ policy: text });
  await here.shop.deploy({ flag: 'bad' });
  await here.advance('127s');
  const alert = {
    key: 'one',
    name: 'CheckoutErrors',
    status: 'firing',
    since: here.clock.now(),
    labels: {},
    summary: '4 %',
  };
  here.daemon.deliver('alertmanager', { alerts: [{ ...alert, state: 'firing' }], deployments: [] });
  await here.untilReleased();
  const [decided] = here.of('stop-decided');
  const path = join(folder, 'journal.db');
  const unfailing = { onFailure: (failure: unknown) => expect.unreachable(String(failure)), onRecovered: () => {} };
  const journal = openJournal({ path, retention: 86_400_000, now: here.clock.now, ...unfailing });
  for (const event of here.events) journal.append(event);
  journal.close();

  const silent = await backtest(here, '--policy', file('hook.yaml', text));
  expect(silent.answer().notes).toContain(
    'pager: what a trigger (webhook) said in the past is not known: it takes no part (--journal FILE has what came)',
  );
  const past = join(folder, 'heard');
  const heard = await backtest(here, '--policy', join(folder, 'hook.yaml'), '--journal', path, '--save', past);
  const { deployments } = heard.answer();
  expect(deployments[0]?.stop?.at).toBe(new Date(decided?.at ?? 0).toISOString());
  expect(deployments[0]?.stop?.because).toEqual(decided?.because);
  const given = await backtest(here, '--policy', join(folder, 'hook.yaml'), '--data', past);
  expect(given.answer().deployments).toEqual(deployments);
  const missing = await backtest(here, '--policy', join(folder, 'hook.yaml'), '--journal', join(folder, 'none.db'));
  expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('none.db')]);
}, 60_000);
