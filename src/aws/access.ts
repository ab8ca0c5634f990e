/** What a plugin that asks CloudWatch is given: clients by region and role, the guarded caller, the clock. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Clock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import type { AwsCaller } from './caller.ts';

/** Where and as whom to ask, when it is not the target's own region and credentials. */
export interface AccessOverride {
  readonly region?: string;
  readonly assumeRole?: { readonly arn: string; readonly externalId?: string };
}

/** Told after each poll: metrics that were sent to AWS (which bills them), and metrics that did not have to be. */
export interface QueryReport {
  readonly asked: number;
  readonly saved: number;
}

export interface AwsAccess {
  /** The same client for the same override. */
  readonly cloudwatch: (override?: AccessOverride) => CloudWatchClient;
  readonly caller: AwsCaller;
  readonly clock: Clock;
  readonly onQueries?: (report: QueryReport) => void;
}

/** The target's own region and credentials: the same one for the thousands of queries that name none. */
const NO_OVERRIDE: AccessOverride = {};

/** The override as it stands in a policy file (`region`, `role`), without keys that are not there. */
export function accessOf(options: {
  readonly region?: string | undefined;
  readonly role?: { readonly arn: string; readonly externalId?: Secret } | undefined;
}): AccessOverride {
  const { region, role } = options;
  if (region === undefined && role === undefined) return NO_OVERRIDE;
  const externalId = role?.externalId === undefined ? {} : { externalId: role.externalId.reveal() };
  return {
    ...(region === undefined ? {} : { region }),
    ...(role === undefined ? {} : { assumeRole: { arn: role.arn, ...externalId } }),
  };
}

const keyOf = (override: AccessOverride) =>
  JSON.stringify([override.region ?? null, override.assumeRole?.arn ?? null, override.assumeRole?.externalId ?? null]);

const NO_OVERRIDE_KEY = keyOf(NO_OVERRIDE);

/** Equal exactly when two overrides lead to the same client. */
export function accessKey(override: AccessOverride): string {
  return override === NO_OVERRIDE ? NO_OVERRIDE_KEY : keyOf(override);
}
