/** A target as it stands in the policy file: one account and region that is watched. */
import { z } from 'zod';
import { nameSchema } from '../lib/schema.ts';
import { secretSchema } from '../lib/secret.ts';

const ROLE = /^arn:aws[a-z-]*:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/;

const assumeRoleSchema = z.strictObject({
  arn: z
    .string()
    .regex(ROLE, 'expected the ARN of a role, such as arn:aws:iam::111122223333:role/appconfig-watchdog')
    .describe('Role to assume, by its ARN.'),
  externalId: secretSchema.exactOptional().describe('External id the role asks for; a secret.'),
  sessionName: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/, 'expected 2 to 64 letters, digits or _+=,.@-')
    .exactOptional()
    .describe('Session name that shows in CloudTrail; without it `appconfig-watchdog`.'),
});

/** The account a role belongs to. */
export function accountOfRole(arn: string): string | undefined {
  return ROLE.exec(arn)?.[1];
}

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
