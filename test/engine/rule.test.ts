/** A rule that takes for ever has a verdict all the same: that it could not be asked. */
import { expect, test } from 'vitest';
import { deadlines } from '../../src/engine/deadlines.ts';
import type { RuleAccess, RunnableRule } from '../../src/engine/rule.ts';
import { askRule, runnableRules } from '../../src/engine/rule.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { deploymentAt } from '../support/deployment.ts';
import { configOf } from './support/config.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

function ruleThat(check: RuleAccess['trigger']['check'], patience: number) {
  const [policy] = configOf('eu-west-1').policies;
  if (policy === undefined) throw new Error('there is no policy');
  const source: RuleAccess['source'] = { period: () => 60_000, query: () => Promise.reject(new Error('not asked')) };
  const [rule] = runnableRules(policy, { source, trigger: { check } }, deadlines(patience));
  if (rule === undefined) throw new Error('there is no rule');
  return rule;
}

const verdictOf = async (rule: RunnableRule) =>
  (await askRule(rule, deploymentAt(NOW), NOW, new AbortController().signal))(deploymentAt(NOW));

test('what never answers, signal or not, is unknown when the patience is over', async () => {
  const rule = ruleThat(() => new Promise(() => {}), 20);
  const verdict = await verdictOf(rule);
  expect(verdict).toMatchObject({ kind: 'unknown', failure: { reason: 'timeout', retryable: true } });
});

test('what is asked hears that nobody waits any more, and its own words for that are not the reason', async () => {
  let heard = false;
  const rule = ruleThat((_, __, signal) => {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => {
      heard = true;
      reject(new Error('given up'));
    });
    return promise;
  }, 20);
  const verdict = await verdictOf(rule);
  expect(verdict).toMatchObject({ failure: { reason: 'timeout' } });
  expect(heard).toBe(true);
});

test('what answers in time is believed', async () => {
  const rule = ruleThat(async () => ({ kind: 'healthy', because: 'in OK' }), 5_000);
  expect((await verdictOf(rule)).kind).toBe('healthy');
});

test('rules of one look share a deadline, and one that answers in time does not end it for the others', async () => {
  const [policy] = configOf('eu-west-1').policies;
  const [rule] = policy?.rules ?? [];
  if (policy === undefined || rule === undefined) throw new Error('there is no rule');
  const asked: AbortSignal[] = [];
  const check: RuleAccess['trigger']['check'] = (_, __, signal) => {
    asked.push(signal);
    return asked.length === 1 ? Promise.resolve({ kind: 'healthy', because: 'in OK' }) : new Promise(() => {});
  };
  const source: RuleAccess['source'] = { period: () => 60_000, query: () => Promise.reject(new Error('not asked')) };
  const rules = runnableRules({ ...policy, rules: [rule, rule] }, { source, trigger: { check } }, deadlines(20));
  const { signal } = new AbortController();
  const weighed = await Promise.all(rules.map((one) => askRule(one, deploymentAt(NOW), NOW, signal)));
  expect(new Set(asked).size).toBe(1);
  expect(weighed.map((weigh) => weigh(deploymentAt(NOW)).kind)).toEqual(['healthy', 'unknown']);
  // The next look has one of its own.
  const again = await Promise.all(rules.map((one) => askRule(one, deploymentAt(NOW), NOW, signal)));
  expect(new Set(asked).size).toBe(2);
  expect(again.map((weigh) => weigh(deploymentAt(NOW)).kind)).toEqual(['unknown', 'unknown']);
});

test('a query with places is asked as the one of the deployment', async () => {
  const source = { kind: 'prometheus', url: 'http://p', query: 'x{a="{{deployment.application}}"}', period: '60s' };
  const rules = [{ name: 'a', source, judge: { kind: 'threshold', above: 1 } }];
  const policies = [{ name: 'p', match: { application: '*', environment: '*' }, mode: 'observe', rules }];
  const file = { version: 1, targets: [{ region: 'eu-west-1' }], poll: '*/15 * * * * *', policies };
  const loaded = loadPolicy({ path: 'watchdog.yaml', text: JSON.stringify(file) }, {});
  const [policy] = loaded.ok ? loaded.config.policies : [];
  if (policy === undefined) throw new Error('the policy does not load');
  const asked: unknown[] = [];
  const access: RuleAccess = {
    source: {
      period: () => 60_000,
      query: (query) => {
        asked.push(query);
        return Promise.reject(new Error('asked'));
      },
      forDeployment: (query, { application }) =>
        query.kind === 'prometheus' ? { ...query, query: `x of ${application.name}` } : query,
    },
    trigger: { check: () => Promise.reject(new Error('not asked')) },
  };
  const [rule] = runnableRules(policy, access);
  expect(rule === undefined ? undefined : (await verdictOf(rule)).kind).toBe('unknown');
  expect(asked).toMatchObject([{ kind: 'prometheus', query: 'x of checkout', period: 60_000 }]);
});
