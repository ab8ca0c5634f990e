/** From a request of HTTP to the service and operation it is for. */
import type { ServiceName } from './faults.ts';
import type { CredentialScope } from './signature.ts';

const BY_SIGNING_NAME: Readonly<Record<string, ServiceName>> = {
  appconfig: 'appconfig',
  monitoring: 'cloudwatch',
  sts: 'sts',
};

/** The parts of a request that tell which service it is for. */
export interface Addressed {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function byShape({ path, headers, body }: Addressed): ServiceName {
  if (path !== '/') return 'appconfig';
  if (headers['x-amz-target'] !== undefined) return 'cloudwatch';
  const action = new URLSearchParams(body.toString()).get('Action');
  return action === 'AssumeRole' || action === 'GetCallerIdentity' ? 'sts' : 'cloudwatch';
}

/** By what the request was signed for; an unsigned one, or one signed for another service, by its shape. */
export function serviceOf(scope: CredentialScope | undefined, request: Addressed): ServiceName {
  return BY_SIGNING_NAME[scope?.signingName ?? ''] ?? byShape(request);
}
