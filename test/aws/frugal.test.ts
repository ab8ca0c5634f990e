/** What the clients do differently from the SDK's own says the same. */
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppConfigClient, ListApplicationsCommand } from '@aws-sdk/client-appconfig';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frugal, Sha256 } from '../../src/aws/frugal.ts';

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

test('a text for a secret is as good the second time, with other data and as another secret', async () => {
  const few = fc.constantFrom('AKIDEXAMPLE', 'AKIDOTHER', '');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('one', 'two'), few)), async (asked) => {
      for (const [secret, data] of asked) {
        const mac = new Sha256(secret);
        mac.update(data);
        expect(Buffer.from(await mac.digest())).toEqual(createHmac('sha256', secret).update(data).digest());
      }
    }),
  );
});

test('a client that keeps its signer signs with the credentials of the moment, and tries again for a region it did not get', async () => {
  const keys: (string | undefined)[] = [];
  const server = createServer(({ headers }, response) => {
    keys.push(/Credential=([A-Z]+)/.exec(headers.authorization ?? '')?.[1]);
    response.setHeader('content-type', 'application/json').end('{"Items":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let asked = 0;
  const client = frugal(
    new AppConfigClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: async () => {
        if (++asked === 1) throw new Error('no region yet');
        return 'eu-west-1';
      },
      // Each one is over as soon as it is given out.
      credentials: async () => ({
        accessKeyId: keys.length === 0 ? 'FIRST' : 'SECOND',
        secretAccessKey: 'x',
        expiration: new Date(0),
      }),
    }),
  );
  const ask = () => client.send(new ListApplicationsCommand({}));
  await expect(ask()).rejects.toThrow('no region yet');
  await ask();
  await ask();
  expect(keys).toEqual(['FIRST', 'SECOND']);
  client.destroy();
  server.close();
});
