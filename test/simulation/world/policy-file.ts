/** The policy file of a scenario as it stands at an instant. YAML takes JSON. */
import { createHash } from 'node:crypto';
import { loadPolicy } from '../../../src/policy/load.ts';
import type { Config } from '../../../src/policy/schema.ts';
import { MINUTE, type Mode, modeAt, type PolicyPlan, type Scenario } from '../scenario/scenario.ts';
import { alarmOf, metricOf } from './aws.ts';
import { PAGER } from './pager.ts';

interface Shape {
  readonly [key: string]: unknown;
}

function ruleOf(rule: PolicyPlan['rules'][number], environment: string, settle: string): Shape {
  const metric = (what: 'Rate' | 'Errors' | 'Requests', stat: string) => ({
    namespace: 'Shop',
    metric: metricOf(environment, what),
    stat,
  });
  const judge = { kind: 'threshold', above: 1, breaching: '2 of 3' };
  switch (rule) {
    case 'rate': {
      const source = { kind: 'cloudwatch', period: '60s', metrics: { m: metric('Rate', 'Average') } };
      return { name: rule, source, judge, settle };
    }
    case 'ratio': {
      const metrics = { errors: metric('Errors', 'Sum'), requests: metric('Requests', 'Sum') };
      const source = { kind: 'cloudwatch', period: '60s', metrics, expression: '100 * errors / requests' };
      return { name: rule, source, judge, settle };
    }
    case 'pager':
      return { name: rule, trigger: { kind: 'alarm', names: [alarmOf(environment)] } };
    case 'hook': {
      const where = { labels: { environment: '{{deployment.environment}}' } };
      return { name: rule, trigger: { kind: 'webhook', hook: PAGER, where } };
    }
  }
}

function policyOf(plan: PolicyPlan, mode: Mode, settle: string): Shape {
  const { name, environment, baking, rules, stopWhen, onUnknown } = plan;
  return {
    name,
    match: { application: 'shop', environment },
    mode,
    baking,
    stopWhen,
    onUnknown: { after: `${onUnknown.after / MINUTE}m`, do: onUnknown.do },
    verify: { for: '5m' },
    rules: rules.map((rule) => ruleOf(rule, environment, settle)),
  };
}

/** A file needs a policy: this one matches nothing there is. */
const NOTHING: Shape = {
  name: 'nothing',
  match: { application: 'shop', environment: 'nowhere' },
  mode: 'observe',
  rules: [{ name: 'rule', trigger: { kind: 'alarm', names: ['none'] } }],
};

export interface LoadedFile {
  readonly config: Config;
  readonly digest: string;
}

/** The last one: most reloads and restarts read the same file again. */
const loadedFiles = new Map<string, LoadedFile>();

/** `journal` is the path of the daemon's own. */
export function policyFileAt(scenario: Scenario, at: number, journal: string): LoadedFile {
  const { aws, targets, poll, limits, stop, settle } = scenario;
  const policies = scenario.policies.flatMap((plan) => {
    const mode = modeAt(plan, at);
    return mode === 'absent' ? [] : [policyOf(plan, mode, settle)];
  });
  const file = {
    version: 1,
    targets: targets.map(({ name, region, account, byRole }) => ({
      name,
      region,
      ...(byRole ? { assumeRole: { arn: `arn:aws:iam::${account}:role/watchdog` } } : {}),
    })),
    poll,
    limits,
    stop,
    policies: [...policies, NOTHING],
    discovery: { sweep: aws.bakingEnvironmentState === 'DEPLOYING' ? '5m' : '2m' },
    journal: { path: journal },
    hooks: { [PAGER]: { kind: 'alertmanager', insecure: true } },
  };
  const text = JSON.stringify(file);
  const known = loadedFiles.get(text);
  if (known !== undefined) return known;
  const loaded = loadPolicy({ path: 'watchdog.yaml', text }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors, undefined, 2));
  // Messages are handed over past HTTP, which would wait in real time.
  const config = { ...loaded.config, http: { ...loaded.config.http, enabled: false } };
  const made = { config, digest: createHash('sha256').update(text.replace(journal, '')).digest('hex') };
  loadedFiles.clear();
  loadedFiles.set(text, made);
  return made;
}
