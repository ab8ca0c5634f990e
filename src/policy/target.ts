/** A target as it stands in the policy file: one account and region that is watched. */
import { z } from 'zod';
import { accountOfRole, nameSchema, roleSchema } from '../lib/schema.ts';

const assumeRoleSchema = roleSchema().extend({
  sessionName: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/, 'expected 2 to 64 letters, digits or _+=,.@-')
    .exactOptional()
    .describe('Session name that shows in CloudTrail; without it `appconfig-watchdog`.'),
});

export const targetSchema = z
  .strictObject({
    name: nameSchema
      .exactOptional()
      .describe('Name in logs, metrics and `match.targets`; without it the region, or account-region. Unique.'),
    region: z
      .string()
      .regex(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/, 'expected a region, such as eu-west-1')
      .describe('AWS region.'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'expected a 12-digit account id in quotes')
      .exactOptional()
      .describe("Account id, twelve digits in quotes; without it the role's, or the one the credentials belong to."),
    assumeRole: assumeRoleSchema
      .exactOptional()
      .describe('Role to assume; without it the daemon uses its own credentials.'),
  })
  .transform((target) => {
    const account = target.account ?? (target.assumeRole && accountOfRole(target.assumeRole.arn));
    const name = target.name ?? targetName(target.region, account);
    return { ...target, ...(account === undefined ? {} : { account }), name };
  });

/** The name of a target that has none in the file. */
export function targetName(region: string, account: string | undefined): string {
  return account === undefined ? region : `${account}-${region}`;
}
