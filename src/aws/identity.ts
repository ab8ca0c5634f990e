/** Which account the credentials belong to; needs no permission. */
import type { STSClientConfig } from '@aws-sdk/client-sts';
import { once } from '../lib/once.ts';
import type { AwsCaller } from './caller.ts';

/** Real milliseconds: the account is worth having in every record, not worth waiting for. */
const PATIENCE = 3_000;

/** Who tells as whom the calls are made. */
export interface Identity {
  account(signal: AbortSignal): Promise<string | undefined>;
  destroy(): void;
}

/** STS, loaded with the first question: it is asked when a deployment is found, not when the daemon starts. */
export function identity(config: STSClientConfig): Identity {
  let made: { destroy(): void } | undefined;
  const sts = once(async () => {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
    const client = new STSClient(config);
    made = client;
    return (abortSignal: AbortSignal) => client.send(new GetCallerIdentityCommand({}), { abortSignal });
  });
  return {
    account: async (signal) => (await (await sts())(signal)).Account,
    destroy: () => made?.destroy(),
  };
}

/** Twelve digits; asked once, and again only when it could not be answered. Throws FailureError. */
export function accountLookup(
  { account }: Identity,
  caller: AwsCaller,
): (signal: AbortSignal) => Promise<string | undefined> {
  let known: string | undefined;
  return async (signal) => {
    known ??= await caller.call('GetCallerIdentity', account, signal, { timeout: PATIENCE });
    return known;
  };
}
