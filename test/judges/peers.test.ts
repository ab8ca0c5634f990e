/** Four comparisons that other tools passed and their users expected to fail, with the judge a user would choose here. */
import { beforeAll, expect, test } from 'vitest';
import { judges } from '../../src/judges/index.ts';
import { prepareSpecial } from '../../src/judges/stats/special.ts';
import { makeJudge } from '../../src/plugin.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { during, ticksOf } from './support/ticks.ts';

beforeAll(prepareSpecial);

/** The judge as it stands in a policy file. */
function judgeOf(judge: object) {
  const source = {
    kind: 'cloudwatch',
    period: '60s',
    metrics: {
      fresh: { namespace: 'Shop', metric: 'New', stat: 'Average' },
      old: { namespace: 'Shop', metric: 'Old', stat: 'Average' },
    },
    expression: 'fresh - old',
  };
  const rules = [{ name: 'it', source, judge }];
  const policy = { name: 'p', match: { application: 'a', environment: 'b' }, mode: 'enforce', rules };
  const file = { version: 1, targets: [{ region: 'eu-west-1' }], policies: [policy] };
  const loaded = loadPolicy({ path: 'watchdog.yaml', text: JSON.stringify(file) }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const [rule] = loaded.config.policies[0]?.rules ?? [];
  if (rule === undefined || !('judge' in rule)) throw new Error('no such rule');
  return makeJudge(judges, rule.judge);
}

const RANK = { kind: 'mann-whitney', new: 'fresh', old: 'old', looks: 1 };
const zeros = (count: number) => Array.from({ length: count }, () => 0);

test.each([
  ['most values a hundred times as high, some as before', RANK, [...Array(7).fill(100), 1, 1, 1], Array(10).fill(1)],
  [
    'a few errors where there were none',
    { kind: 'threshold', above: 0, breaching: '3 of 6' },
    [0, 1, 2, 1, 0, 0],
    zeros(6),
  ],
  ['small rates now and then against zeros', RANK, [0.03, 0, 0.18, 0.07, 0.11, 0, 0.05, 0.16, 0.09, 0.04], zeros(10)],
  [
    'the same mean, and a larger variance',
    { kind: 'threshold', above: 20, below: -20, breaching: '4 of 6' },
    [140, 60, 140, 60, 140, 60],
    [101, 99, 101, 99, 101, 99],
  ],
])('%s', (_, judge, fresh, old) => {
  const made = judgeOf(judge);
  const differ = fresh.map((value, tick) => value - (old[tick] ?? 0));
  const harmful = ticksOf({ differ, fresh, old });
  expect(made.judge(during(harmful)).kind).toBe('breached');
  const harmless = ticksOf({ differ: zeros(old.length), fresh: old, old });
  expect(made.judge(during(harmless)).kind).toBe('healthy');
});
