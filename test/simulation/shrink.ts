/** Makes a scenario that breaks a law smaller, for as long as it breaks the same law: what is left is what it takes. */
import { broken } from './laws/index.ts';
import { type Mutant, run } from './run.ts';
import type { PolicyPlan, Scenario } from './scenario/scenario.ts';

type Part =
  | 'targets'
  | 'environments'
  | 'policies'
  | 'deployments'
  | 'faults'
  | 'ends'
  | 'clocks'
  | 'disks'
  | 'reloads';

/** The greatest parts first: with an environment go its policies and deployments. */
const PARTS: readonly Part[] = [
  'targets',
  'environments',
  'deployments',
  'ends',
  'faults',
  'clocks',
  'disks',
  'reloads',
  'policies',
];

/** Without what belongs to something that is not there any more. */
function tidy(scenario: Scenario): Scenario {
  const targets = new Set(scenario.targets.map(({ name }) => name));
  const environments = scenario.environments.filter(({ target }) => targets.has(target));
  const names = new Set(environments.map(({ name }) => name));
  const inside = <Item extends { readonly environment: string }>(items: readonly Item[]) =>
    items.filter(({ environment }) => names.has(environment));
  return {
    ...scenario,
    environments,
    policies: inside(scenario.policies),
    deployments: inside(scenario.deployments),
    ends: scenario.ends.filter(({ daemon }) => daemon < scenario.daemons),
  };
}

function withoutPager(policy: PolicyPlan): PolicyPlan {
  const rules = policy.rules.filter((rule) => rule !== 'pager');
  return rules.length === 0 ? policy : { ...policy, rules };
}

/** An alarm that a rule reads stays: without it the rule would be unknown, which shows something else. */
function withoutIdleAlarms(scenario: Scenario): Scenario {
  const read = new Set(
    scenario.policies.filter(({ rules }) => rules.includes('pager')).map(({ environment }) => environment),
  );
  const environments = scenario.environments.map((one) =>
    read.has(one.name) ? one : { ...one, alarm: 'none' as const },
  );
  return { ...scenario, environments };
}

/** Changes that make it simpler without leaving a part out. */
const SIMPLER: readonly ((scenario: Scenario) => Scenario)[] = [
  (scenario) => ({ ...scenario, daemons: 1 }),
  (scenario) => ({ ...scenario, slowest: 300 }),
  (scenario) => ({ ...scenario, poll: '0 * * * * *' }),
  (scenario) => ({ ...scenario, policies: scenario.policies.map((policy) => ({ ...policy, changes: [] })) }),
  (scenario) => ({ ...scenario, policies: scenario.policies.map(withoutPager) }),
  withoutIdleAlarms,
];

export interface Shrunk {
  readonly scenario: Scenario;
  readonly tries: number;
}

export interface ShrinkOptions {
  readonly law: string;
  readonly mutant?: Mutant;
  /** Runs at most. */
  readonly tries: number;
}

/** Delta debugging: halves of each part, then quarters, down to single ones. */
export async function shrink(scenario: Scenario, { law, mutant = {}, tries }: ShrinkOptions): Promise<Shrunk> {
  let best = scenario;
  let tried = 0;
  const accept = async (candidate: Scenario): Promise<boolean> => {
    if (tried >= tries) return false;
    tried++;
    // One that cannot be run at all shows something else.
    const found = await run(candidate, mutant).then(broken, () => []);
    if (!found.some((one) => one.law === law)) return false;
    best = candidate;
    return true;
  };
  const without = async (part: Part): Promise<void> => {
    for (let size = Math.ceil(best[part].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < best[part].length; ) {
        const items: readonly unknown[] = best[part];
        const rest = items.filter((_, index) => index < from || index >= from + size);
        if (!(await accept(tidy({ ...best, [part]: rest })))) from += size;
      }
    }
  };
  for (let before = ''; before !== JSON.stringify(best) && tried < tries; ) {
    before = JSON.stringify(best);
    for (const part of PARTS) await without(part);
    for (const change of SIMPLER) {
      const candidate = tidy(change(best));
      if (JSON.stringify(candidate) !== JSON.stringify(best)) await accept(candidate);
    }
  }
  return { scenario: best, tries: tried };
}
