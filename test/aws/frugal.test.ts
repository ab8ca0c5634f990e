/** What the clients do differently from the SDK's own says the same. */
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Sha256 } from '../../src/aws/frugal.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

test("SHA-256 and HMAC are Node's, however the data comes and however often a key is used", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(bytes, fc.string()), { maxLength: 4 }), bytes, async (parts, secret) => {
      const [plain, keyed] = [createHash('sha256'), createHmac('sha256', secret)];
      const mine = [new Sha256(), new Sha256(secret), new Sha256(secret)];
      for (const part of parts) {
        plain.update(part);
        keyed.update(part);
        for (const one of mine) one.update(part);
      }
      const digests = await Promise.all(mine.map((one) => one.digest()));
      const [sum, mac] = [plain.digest(), keyed.digest()];
      expect(digests.map((digest) => Buffer.from(digest).toString('hex'))).toEqual(
        [sum, mac, mac].map((digest) => digest.toString('hex')),
      );
    }),
  );
});

test('begins anew after a reset, and takes a text for a secret', async () => {
  const one = new Sha256('secret');
  one.update('thrown away');
  one.reset();
  one.update('kept');
  const expected = createHmac('sha256', 'secret').update('kept').digest('hex');
  expect(Buffer.from(await one.digest()).toString('hex')).toBe(expected);
});
