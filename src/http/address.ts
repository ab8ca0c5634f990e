/** Who is limited together: an address, and of IPv6 the network a household or a machine has to itself. */
import { isIPv6 } from 'node:net';

/** The first four groups of an IPv6 address. */
function network(address: string): string {
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? [];
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
  const missing = 8 - (before?.length ?? 0) - (after?.length ?? 0);
  const groups = [...(before ?? []), ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...(after ?? [])];
  return groups.slice(0, 4).join(':');
}

export function addressKey(address: string | undefined): string {
  if (address === undefined) return '';
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  return network(address);
}
