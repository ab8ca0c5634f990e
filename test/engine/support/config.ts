/** A policy file with one enforced policy over everything, and a target in each of these regions. */
import { loadPolicy } from '../../../src/policy/load.ts';
import type { Config } from '../../../src/policy/schema.ts';

export function configOf(...regions: readonly string[]): Config {
  const file = {
    version: 1,
    targets: regions.map((region) => ({ name: region, region })),
    poll: '*/15 * * * * *',
    policies: [
      {
        name: 'p',
        match: { application: '*', environment: '*' },
        mode: 'enforce',
        rules: [{ name: 'a', trigger: { kind: 'alarm', names: ['a'] } }],
      },
    ],
  };
  const loaded = loadPolicy({ path: 'watchdog.yaml', text: JSON.stringify(file) }, {});
  if (!loaded.ok) throw new Error('the policy does not load');
  return loaded.config;
}
