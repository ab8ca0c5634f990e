/** Names, descriptions, event texts, labels and reasons made to do harm: judged, stopped and told like any others. */
import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { alarmRule, aPolicy, ERROR_RATE, fileOf } from '../scenario/support/policy.ts';
import { world } from '../scenario/support/world.ts';
import { type Shown, shown } from './support/outlets.ts';
import { editing, proxy } from './support/proxy.ts';
import { HOSTILE_TEXT, printsHarmlessly } from './support/texts.ts';

const record = z.record(z.string(), z.unknown());
/** Members of the answers whose text somebody other than AWS chose, or that are free text. */
const FREE = new Set([
  'Description',
  'ConfigurationName',
  'VersionLabel',
  'Label',
  'StateReason',
  'ConfigurationVersion',
]);

/** Every such member becomes `text`; percentages stay, with the text behind them. */
function poisoned(text: string, name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => poisoned(text, name, item));
  const object = record.safeParse(value);
  if (!object.success) return value;
  const known = { ...object.data };
  for (const [key, inner] of Object.entries(known)) known[key] = poisoned(text, key, inner);
  if (name === 'EventLog') known.Description = `${known.Description} ${text}`;
  for (const key of FREE) if (key in known && name !== 'EventLog') known[key] = text;
  if (name === 'Items' && 'Name' in known) known.Name = text;
  return known;
}

const SAMPLE =
  /^[a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (?:[-+]?(?:\d[\d.e+-]*|Inf)|NaN)$/;
const COMMENT = /^# (?:HELP|TYPE) [a-zA-Z_:][\w:]* .+$/;

function expectHarmless(seen: Shown): void {
  for (const line of seen.json) {
    expect(line.endsWith('\n') && printsHarmlessly(line.slice(0, -1))).toBe(true);
    expect(record.parse(JSON.parse(line)).msg).toBeTypeOf('string');
  }
  for (const line of seen.pretty) {
    expect(line.endsWith('\n') && printsHarmlessly(line.slice(0, -1))).toBe(true);
    expect(line.length).toBeLessThan(1_500);
  }
  for (const line of seen.metrics.split('\n').filter((one) => one !== ''))
    expect(line).toMatch(line.startsWith('#') ? COMMENT : SAMPLE);
  for (const text of [...seen.status, ...seen.explained]) {
    for (const line of text.split('\n')) expect(printsHarmlessly(line)).toBe(true);
  }
  expect(() => JSON.parse(seen.status[1])).not.toThrow();
  expect(() => JSON.parse(seen.explained[1])).not.toThrow();
  expect(seen.sound).toBe(true);
}

const ANY = { match: { application: '*', environment: '*' } };

/** A bad deployment whose every free text is `text`, from its discovery to its end, and all that was shown of it. */
async function stopped(text: string, more: (operation: string, data: unknown) => unknown = (_, data) => data) {
  const rules = [ERROR_RATE, alarmRule(['pager'])];
  await using here = await world({ daemon: false, policy: fileOf([aPolicy({ ...ANY, rules })]) });
  await here.cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: 'pager', Namespace: 'Shop', MetricName: 'Errors', Statistic: 'Sum', Period: 60 },
      ...{ EvaluationPeriods: 1, Threshold: 60, ComparisonOperator: 'GreaterThanThreshold' },
    }),
  );
  const edit = editing((operation, data) => more(operation, poisoned(text, operation, data)));
  await using between = await proxy(here.sandbox.url, edit);
  process.env.AWS_ENDPOINT_URL = between.url;
  await here.restart();
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('it is under watch', () => here.daemon.state().watches.length > 0);
  await here.until('it is rolled back', async () => (await here.shop.get(number)).State === 'ROLLED_BACK', '15m');
  const state = here.daemon.state();
  await here.untilReleased();
  expect(here.stopCalls()).toBe(1);
  const events = [...here.events];
  const [watch] = state.watches;
  if (watch === undefined) throw new Error('nothing is under watch');
  return { events, deployment: watch.deployment, seen: await shown(events, state, watch.deployment) };
}

describe('a harmful deployment is stopped, and told without harm, when every free text of it is', () => {
  test.each(Object.entries(HOSTILE_TEXT))('%s', async (_, text) => {
    const { seen, events, deployment } = await stopped(text);
    expect(deployment.application.name).toBe(text);
    expectHarmless(seen);
    expect(seen.recorded.map((event) => event?.kind)).toEqual(events.map(({ kind }) => kind));
    const record = seen.recorded.find((event) => event?.kind === 'deployment-discovered');
    const name = record?.kind === 'deployment-discovered' ? record.snapshot.application.name : '';
    expect(name).toBe(text);
  });
});

describe('a harmful deployment is stopped within bounds', () => {
  test('with a description of five megabytes', async () => {
    const { seen } = await stopped('x'.repeat(100), (operation, data) =>
      operation === 'GetDeployment' ? { ...record.parse(data), Description: '🚀é'.repeat(1_000_000) } : data,
    );
    expectHarmless(seen);
    for (const line of seen.json) expect(line.length).toBeLessThan(100_000);
  });

  test('with an event log of ten thousand entries', async () => {
    const at = '2026-11-22T12:10:00Z';
    const entry = { EventType: 'EXTENSION_TOLD', TriggeredBy: 'USER', Description: 'again and again', OccurredAt: at };
    const many = Array.from({ length: 10_000 }, () => ({ ...entry, ActionInvocations: [] }));
    const { seen } = await stopped('x', (operation, data) => {
      if (operation !== 'GetDeployment') return data;
      const answer = record.parse(data);
      return { ...answer, EventLog: [...z.array(z.unknown()).parse(answer.EventLog), ...many] };
    });
    expectHarmless(seen);
  });
});
