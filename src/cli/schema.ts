/** `schema`: prints the JSON Schema of the policy file. */
import { Command } from 'commander';
import { policyJsonSchemaText } from '../policy/json-schema.ts';
import type { CliIo } from './io.ts';

export function schemaCommand(io: CliIo): Command {
  return new Command('schema')
    .description('print the JSON Schema of the policy file, for editors and other programs')
    .addHelpText('after', '\nExample:\n  appconfig-watchdog schema > policy.schema.json\n\nExit codes: 0.')
    .action(() => io.out(policyJsonSchemaText()));
}
