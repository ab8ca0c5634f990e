/** Who is limited together. */
import { expect, test } from 'vitest';
import { addressKey } from '../../src/http/address.ts';

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['', ''],
  [undefined, ''],
])('%s is limited as %s', (address, key) => expect(addressKey(address)).toBe(key));
