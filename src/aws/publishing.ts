/** For notifiers that publish in AWS: clients that try once, and one kind of error. */

import type { SNSClientConfig } from '@aws-sdk/client-sns';
import { FailureError } from '../core/failure.ts';
import type { Secret } from '../lib/secret.ts';
import { handler } from './clients.ts';
import { awsFailure } from './failure.ts';
import { roleCredentials } from './role.ts';

export interface Publisher {
  readonly region: string;
  readonly role?: { readonly arn: string; readonly externalId?: Secret };
}

/** What the clients of SNS and EventBridge are made with alike. */
type PublisherConfig = Pick<
  SNSClientConfig,
  'region' | 'requestHandler' | 'customUserAgent' | 'maxAttempts' | 'credentials'
>;

/** One attempt a call: whoever tells people owns the retries. */
export function publisherConfig({ region, role }: Publisher): PublisherConfig {
  const config = { region, requestHandler: handler(), customUserAgent: 'appconfig-watchdog', maxAttempts: 1 };
  if (role === undefined) return config;
  const externalId = role.externalId === undefined ? {} : { externalId: role.externalId.reveal() };
  // The role's own handler: the client destroys its own when it is closed.
  const credentials = roleCredentials({ arn: role.arn, ...externalId }, { region, requestHandler: handler() });
  return { ...config, credentials };
}

/** Throws FailureError with the operation's name in its message. */
export async function publish<Out>(operation: string, send: () => Promise<Out>, signal: AbortSignal): Promise<Out> {
  try {
    return await send();
  } catch (error) {
    if (!signal.aborted) throw new FailureError(awsFailure(error, operation), { cause: error });
    throw new FailureError({ reason: 'aborted', retryable: false, message: `${operation}: given up` });
  }
}
