/** As whom an endpoint is asked: part of what makes two questions the same. */
import { createHash } from 'node:crypto';
import type { EndpointOptions } from './options.ts';

function nameOf({ auth }: EndpointOptions): readonly (string | undefined)[] {
  switch (auth?.kind) {
    case undefined:
      return [];
    case 'bearer':
      return [auth.kind, auth.token.reveal()];
    case 'basic':
      return [auth.kind, auth.username, auth.password.reveal()];
    case 'sigv4':
      return [auth.kind, auth.region, auth.service, auth.role?.arn, auth.role?.externalId?.reveal()];
  }
}

/** A digest: keys of caches are not where a secret should lie about. */
export function identityOf(endpoint: EndpointOptions): string {
  const { headers, tls } = endpoint;
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]);
  const certificates = [tls?.ca, tls?.cert, tls?.key?.reveal(), tls?.serverName];
  const all = JSON.stringify([own.sort(), nameOf(endpoint), certificates]);
  return createHash('sha256').update(all).digest('hex');
}
