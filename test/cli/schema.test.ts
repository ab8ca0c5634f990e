/** `schema` prints what config/policy.schema.json holds. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { schemaCommand } from '../../src/cli/schema.ts';
import { runCommand } from './support/policy-io.ts';

it('prints the JSON Schema of the policy file and nothing else', async () => {
  const { out, err } = await runCommand(schemaCommand, []);
  expect(out).toBe(readFileSync(new URL('../../config/policy.schema.json', import.meta.url), 'utf8'));
  expect(err).toBe('');
});
