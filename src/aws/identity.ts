/** Which account the credentials belong to; needs no permission. */
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AwsCaller } from './caller.ts';

/** Real milliseconds: the account is worth having in every record, not worth waiting for. */
const PATIENCE = 3_000;

/** Twelve digits; asked once, and again only when it could not be answered. Throws FailureError. */
export function accountLookup(sts: STSClient, caller: AwsCaller): (signal: AbortSignal) => Promise<string | undefined> {
  let known: string | undefined;
  return async (signal) => {
    known ??= (
      await caller.call(
        'GetCallerIdentity',
        (abortSignal) => sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
        signal,
        { timeout: PATIENCE },
      )
    ).Account;
    return known;
  };
}
