/** Whatever a real daemon went through, its record leads to the very decisions that it made. */
import { expect, test } from 'vitest';
import { judgeAgain } from '../../src/backtest/judge-again.ts';
import { recordedActions, watchRecords } from '../../src/backtest/record.ts';
import { compare, replay } from '../../src/backtest/replay.ts';
import { decideAgain } from '../../src/cli/replay-decide.ts';
import { refKey } from '../../src/core/deployment.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { ERROR_RATE, metricAbove, policy } from '../scenario/support/policy.ts';
import { LINEAR, SHORT_THEN_BAKE, type World, type WorldOptions, world } from '../scenario/support/world.ts';

interface Scenario {
  readonly name: string;
  readonly change: Readonly<Record<string, unknown>>;
  readonly options?: WorldOptions;
  readonly flag?: 'good' | 'bad';
  /** What happens beside the rollout. */
  happens?(here: World, number: number): Promise<void>;
  /** Kinds of what was decided, in order. */
  readonly decided: readonly string[];
}

const WORD = { by: 'bo', reason: 'looking at it' };
const CALM = { poll: '0 * * * * *' };

const SCENARIOS: readonly Scenario[] = [
  { name: 'a policy that only observes', change: { mode: 'observe' }, decided: ['withhold'] },
  {
    name: 'a bake that is not stopped',
    change: { baking: 'ignore' },
    options: { rollout: SHORT_THEN_BAKE },
    decided: ['withhold'],
  },
  {
    name: 'two rules that must both breach',
    change: { stopWhen: 'all', rules: [ERROR_RATE, metricAbove('errors', 'Errors', 500, {}, 'Sum')] },
    decided: ['stop', 'recovery'],
  },
  {
    name: 'a daemon that is killed before the stop',
    change: {},
    async happens(here) {
      await here.advance('3m');
      await here.restart();
    },
    decided: ['stop', 'recovery'],
  },
  {
    name: 'a hold, and its release',
    change: {},
    async happens(here, number) {
      await here.advance('1m');
      here.daemon.operator.hold(`checkout/prod/${number}`, WORD);
      await here.until('a stop is withheld', () => here.of('stop-withheld').length > 0);
      await here.advance('1m');
      here.daemon.operator.release(`checkout/prod/${number}`, WORD);
    },
    decided: ['withhold', 'stop', 'recovery'],
  },
  {
    name: 'metrics that cannot be asked for too long',
    change: { onUnknown: { after: '1m', do: 'stop' } },
    options: { rollout: { ...LINEAR, minutes: 20, bakeMinutes: 20 } },
    flag: 'good',
    async happens(here) {
      await here.advance('3m');
      const fault = here.sandbox.faults.add({ kind: 'throttling', operation: 'GetMetricData' });
      await here.until('a stop is decided', () => here.of('stop-decided').length > 0, '4m');
      here.sandbox.faults.remove(fault);
    },
    decided: ['stop', 'recovery'],
  },
];

test.each(SCENARIOS)('$name', async ({ change, options, flag = 'bad', happens, decided }) => {
  const text = policy(change, CALM);
  await using here = await world({ ...options, policy: text });
  const number = await here.shop.deploy({ flag });
  await happens?.(here, number);
  await here.untilReleased('2h');
  const loaded = loadPolicy({ path: 'p', text }, {});
  const rules = loaded.ok ? loaded.config.policies[0] : undefined;
  const [discovered] = here.of('deployment-discovered');
  if (rules === undefined || discovered === undefined) throw new Error('nothing to replay');
  const [record, ...more] = watchRecords(here.events, refKey(discovered.snapshot.ref));
  if (record === undefined) throw new Error('no record');
  expect(more).toEqual([]);
  expect(recordedActions(record).map(({ kind }) => kind)).toEqual(decided);
  const names = rules.rules.map(({ name }) => name);
  const asRecorded = replay(record, { ...rules, rules: names }, ({ verdict }) => verdict);
  expect(compare(record, asRecorded)).toEqual({ same: true });
  // Without any file, by what is on record of the policy.
  const { replayed, note } = decideAgain(record, undefined);
  expect([compare(record, replayed), note]).toEqual([{ same: true }, '']);
  const again = replay(record, { ...rules, rules: names }, judgeAgain(record, rules).verdictOf);
  expect(compare(record, again)).toEqual({ same: true });
});

test('a policy that is changed while it watches decides by its new terms from there on, in the replay as well', async () => {
  const rules = [ERROR_RATE, metricAbove('errors', 'Errors', 100_000, {}, 'Sum')];
  await using here = await world({ policy: policy({ stopWhen: 'all', rules }, CALM) });
  await here.shop.deploy({ flag: 'bad' });
  await here.until('a rule breaches', () => here.of('rule-judged').some(({ verdict }) => verdict.kind === 'breached'));
  await here.advance('1m');
  expect(here.of('stop-decided')).toEqual([]);
  here.reload(policy({ stopWhen: 'any', rules }, CALM));
  await here.untilReleased('2h');
  const [first, second] = here.of('deployment-discovered');
  expect([first?.terms?.stopWhen.kind, second?.terms?.stopWhen.kind]).toEqual(['all', 'any']);
  const [record] = first === undefined ? [] : watchRecords(here.events, refKey(first.snapshot.ref));
  if (record === undefined) throw new Error('no record');
  const { replayed, comparison } = decideAgain(record, undefined);
  expect(comparison).toEqual({ same: true });
  expect(replayed.map(({ kind }) => kind)).toEqual(['stop', 'recovery']);
});
