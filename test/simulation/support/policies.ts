/** Policy files of the simulation: one environment that is enforced, one observed, one under two policies. */
import { loadPolicy } from '../../../src/policy/load.ts';
import type { Config } from '../../../src/policy/schema.ts';
import type { Chance } from './chance.ts';

export const ENFORCED = 'enfo123';
export const OBSERVED = 'obse123';
const SHARED = 'shar123';
export const ENVIRONMENTS = [ENFORCED, OBSERVED, SHARED] as const;

export interface Variant {
  readonly baking: 'stop' | 'ignore';
  readonly limit: number;
}

interface Shape {
  readonly [key: string]: unknown;
}

function rules(environment: string, pager: boolean): readonly Shape[] {
  const metrics = { m: { namespace: 'Shop', metric: environment, stat: 'Average' } };
  const source = { kind: 'cloudwatch', period: '60s', metrics, expression: 'm' };
  const rate = { name: 'rate', source, judge: { kind: 'threshold', above: 1, breaching: '2 of 3' } };
  return pager ? [rate, { name: 'pager', trigger: { kind: 'alarm', names: [environment] } }] : [rate];
}

function policy(name: string, environment: string, change: Shape, pager = false): Shape {
  const match = { application: 'shop', environment };
  return { name, match, mode: 'enforce', verify: { for: '10m' }, rules: rules(environment, pager), ...change };
}

/** What never changes with a reload: what is enforced stays enforced, what is observed stays observed. */
function file({ baking, limit }: Variant, chance: Chance): Shape {
  const extra = chance.of<readonly Shape[]>([
    [],
    [policy('extra', ENFORCED, { mode: 'observe' })],
    [policy('extra', ENFORCED, { baking: 'ignore' }, true)],
    [policy('extra', ENFORCED, { match: { application: 'shop', environment: ENFORCED, tags: { team: 'shop' } } })],
  ]);
  return {
    version: 1,
    targets: [{ name: 'main', region: 'eu-west-1', ...(chance.happens(0.5) ? { account: '111122223333' } : {}) }],
    poll: '*/15 * * * * *',
    limits: { stops: limit, per: '10m' },
    stop: { timeout: '10s', budget: chance.of(['20s', '2m']), deadline: '10m', followEvery: '5s' },
    policies: [
      policy('enforced', ENFORCED, { baking }, chance.happens(0.5)),
      policy('observed', OBSERVED, { mode: 'observe' }, true),
      policy('ignoring', SHARED, { baking: 'ignore' }),
      policy('stopping', SHARED, { baking: 'stop' }, chance.happens(0.5)),
      ...extra,
    ],
  };
}

export function configOf(variant: Variant, chance: Chance): Config {
  const loaded = loadPolicy({ path: 'watchdog.yaml', text: JSON.stringify(file(variant, chance)) }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors, undefined, 2));
  return loaded.config;
}
