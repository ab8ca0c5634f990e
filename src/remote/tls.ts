/** TLS options of a policy file as the HTTP client takes them; files are read anew, since certificates are renewed. */
import { readFile } from 'node:fs/promises';
import { FailureError } from '../core/failure.ts';
import type { Tls } from '../lib/http.ts';
import { type EndpointOptions, isPem } from './options.ts';

async function pemOf(what: string, text: string): Promise<string> {
  if (isPem(text)) return text;
  try {
    return await readFile(text, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const message = `the file that tls.${what} names cannot be read${code}`;
    throw new FailureError({ reason: 'auth', retryable: false, message }, { cause: error });
  }
}

export async function tlsOf({ tls }: EndpointOptions): Promise<{ readonly tls?: Tls }> {
  if (tls === undefined) return {};
  const { ca, cert, key, serverName } = tls;
  return {
    tls: {
      ...(ca === undefined ? {} : { ca: await pemOf('ca', ca) }),
      ...(cert === undefined ? {} : { cert: await pemOf('cert', cert) }),
      ...(key === undefined ? {} : { key: await pemOf('key', key.reveal()) }),
      ...(serverName === undefined ? {} : { serverName }),
    },
  };
}
