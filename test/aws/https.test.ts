/** AWS is asked over TLS, as whom its certificate says: by what Node trusts, under the name that was asked. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { AppConfigClient, ListApplicationsCommand } from '@aws-sdk/client-appconfig';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UndiciHandler } from '../../src/aws/http.ts';
import { describeWith, output } from '../real/support/parts.ts';

describeWith('openssl', output('openssl', ['version']) !== undefined)('AWS over TLS', () => {
  const trusted = getCACertificates('default');
  const handler = new UndiciHandler({ connections: 4, patience: 5_000 });
  let server: Server;
  let certificate = '';
  /** Connections that something was asked over. */
  const asked = new Set<Socket>();

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchdog-tls-'));
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', [...args, ...name, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
    certificate = readFileSync(certFile, 'utf8');
    server = createServer({ key: readFileSync(keyFile), cert: certificate }, ({ socket }, response) => {
      asked.add(socket);
      response.setHeader('content-type', 'application/json').end('{"Items":[{"Id":"abc1234","Name":"checkout"}]}');
    });
    rmSync(folder, { recursive: true });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  });
  afterAll(() => {
    setDefaultCACertificates(trusted);
    handler.destroy();
    server.closeAllConnections();
    server.close();
  });

  const ask = (host: string) => {
    const { port } = server.address() as AddressInfo;
    const client = new AppConfigClient({
      ...{ region: 'eu-west-1', endpoint: `https://${host}:${port}`, requestHandler: handler, maxAttempts: 1 },
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
    });
    return client.send(new ListApplicationsCommand({}));
  };

  it('is refused where nobody vouches for it', async () => {
    await expect(ask('localhost')).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('is believed where Node trusts it, over connections that are kept', async () => {
    setDefaultCACertificates([...trusted, certificate]);
    expect((await ask('localhost')).Items).toMatchObject([{ Name: 'checkout' }]);
    for (let again = 0; again < 6; again++) await ask('localhost');
    // The next one is asked before the one before has quite let go of its connection.
    expect(asked.size).toBeLessThanOrEqual(2);
  });

  it('is refused under a name that it does not have', async () => {
    setDefaultCACertificates([...trusted, certificate]);
    await expect(ask('127.0.0.1')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });
});
