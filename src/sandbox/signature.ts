/** What the Authorization header of a signed request tells: who calls, which region, which service. */

import type { Instant } from '../core/time.ts';

export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  /** The name a service is signed for, such as `monitoring`. */
  readonly signingName: string;
}

/**
 * Undefined when the header is none of Signature Version 4. The signature itself is not checked: the sandbox has no
 * secrets to check it with.
 */
export function credentialScope(authorization: string | undefined): CredentialScope | undefined {
  const scope = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(
    authorization ?? '',
  );
  const [, accessKeyId, region, signingName] = scope ?? [];
  if (accessKeyId === undefined || region === undefined || signingName === undefined) return undefined;
  return { accessKeyId, region, signingName };
}

/** When a request says that it was signed, by its X-Amz-Date; undefined when it does not say. */
export function signedAt(date: string | undefined): Instant | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '');
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
