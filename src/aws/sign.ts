/** Signs a request to an endpoint of AWS that no client of the SDK asks, with the credentials that one has. */
import { FailureError } from '../core/failure.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import { type AccessOverride, type AwsAccess, accessKey } from './access.ts';
import { awsFailure } from './failure.ts';
import { abortedError } from './joint.ts';

export interface Signable {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Signer = (request: Signable) => Promise<Readonly<Record<string, string>>>;

async function signerFor(access: AwsAccess, override: AccessOverride, service: string): Promise<Signer> {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-crypto/sha256-js'),
  ]);
  // Any client of that region and role holds its credentials, and renews them.
  const { credentials, region } = access.cloudwatch(override).config;
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const query = Object.fromEntries(
      [...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)]),
    );
    const { protocol, hostname, pathname: path } = url;
    const signed = await signer.sign({
      ...{ method, protocol, hostname, path, query },
      headers: { ...headers, host: url.host },
      ...(body === undefined ? {} : { body }),
    });
    return signed.headers;
  };
}

/** Gives the headers of a request with its signature among them. Throws FailureError where there are no credentials. */
export function requestSigner(access: AwsAccess) {
  const signers = new Map<string, Promise<Signer>>();
  return async (override: AccessOverride, service: string, request: Signable, signal: AbortSignal) => {
    const key = JSON.stringify([service, accessKey(override)]);
    const signer = signers.get(key) ?? signerFor(access, override, service);
    signers.set(key, signer);
    try {
      return await unlessAborted(
        signer.then((sign) => sign(request)),
        signal,
      );
    } catch (error) {
      if (signal.aborted) throw abortedError('signing a request');
      throw new FailureError(awsFailure(error, `signing a request to ${service}`), { cause: error });
    }
  };
}
