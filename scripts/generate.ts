/** Writes what follows from the policy schema: config/policy.schema.json and docs/policy.md. */
import { writeFileSync } from 'node:fs';
import { policyJsonSchemaText } from '../src/policy/json-schema.ts';
import { policyReference } from '../src/policy/reference.ts';

writeFileSync(new URL('../config/policy.schema.json', import.meta.url), policyJsonSchemaText());
writeFileSync(new URL('../docs/policy.md', import.meta.url), policyReference());
