/** Who may ask a real Prometheus: basic auth, certificates of the test's own, and what becomes of everybody else. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { prometheus } from '../../src/sources/prometheus/index.ts';
import { sourceAccess, type TestAccess } from '../support/source-access.ts';
import { hasPrometheus, type MetricStore, selfSigned, startPrometheus } from './support/metric-stores.ts';
import { describeWith } from './support/parts.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2024, 0, 1, 12);
const { signal } = new AbortController();
/** bcrypt of `not-a-secret`. */
const HASH = '$2b$05$abcdefghijklmnopqrstuuVPNOToLP9MHdthRCXkVoiIF0qNKnk2G';
const GOOD = { kind: 'basic', username: 'watchdog', password: 'not-a-secret' };

let access: TestAccess;
beforeAll(() => {
  access = sourceAccess(drivenClock(NOW));
});
afterAll(() => access[Symbol.asyncDispose]());

async function asked(url: string, more: object) {
  const query = prometheus.options().parse({ kind: 'prometheus', url, query: 'vector(4)', period: '60s', ...more });
  const window = { from: NOW - 3 * MINUTE, to: NOW };
  try {
    const { points } = await prometheus.open(access).query(query, window, 0, signal);
    return points.map(({ value }) => value);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    expect(inspect(error, { depth: 9 })).not.toMatch(/not-a-secret|wrong-one|bm90LWEtc2VjcmV0/);
    return error.failure;
  }
}

describeWith('Prometheus', hasPrometheus())('a Prometheus with users and TLS', () => {
  const server = selfSigned('prometheus.test');
  const client = selfSigned('watchdog');
  let store: MetricStore;
  beforeAll(async () => {
    const web = `
basic_auth_users: { watchdog: ${HASH} }
tls_server_config: { cert_file: '{directory}/cert.pem', key_file: '{directory}/key.pem' }
`;
    const files = { 'cert.pem': server.cert, 'key.pem': server.key };
    store = await startPrometheus({ web, files, scheme: 'https' });
    writeFileSync(join(store.directory, 'ca.pem'), server.cert);
  }, 30_000);
  afterAll(() => store[Symbol.asyncDispose]());

  test('is asked by name and password over a certificate that is trusted, as a file or as PEM', async () => {
    expect(await asked(store.url, { auth: GOOD, tls: { ca: server.cert } })).toEqual([4, 4, 4]);
    expect(await asked(store.url, { auth: GOOD, tls: { ca: join(store.directory, 'ca.pem') } })).toEqual([4, 4, 4]);
    const named = { ca: server.cert, serverName: 'prometheus.test' };
    expect(await asked(store.url, { auth: GOOD, tls: named })).toEqual([4, 4, 4]);
  });

  test('refuses a wrong password and nobody at all', async () => {
    const wrong = { ...GOOD, password: 'wrong-one' };
    const tls = { ca: server.cert };
    expect(await asked(store.url, { auth: wrong, tls })).toMatchObject({
      reason: 'auth',
      retryable: false,
      status: 401,
    });
    expect(await asked(store.url, { tls })).toMatchObject({ reason: 'auth', status: 401 });
    const token = { kind: 'bearer', token: 'wrong-one' };
    expect(await asked(store.url, { auth: token, tls })).toMatchObject({ reason: 'auth', status: 401 });
  });

  test('is not believed over another certificate, another name, or none that is known', async () => {
    const refusals = [
      await asked(store.url, { auth: GOOD, tls: { ca: client.cert } }),
      await asked(store.url, { auth: GOOD, tls: { ca: server.cert, serverName: 'elsewhere.test' } }),
      await asked(store.url, { auth: GOOD }),
    ];
    for (const refusal of refusals) expect(refusal).toMatchObject({ reason: 'network', retryable: false });
  });

  test('a file of certificates that cannot be read is told, with its key and not its path', async () => {
    const missing = await asked(store.url, { auth: GOOD, tls: { ca: '/nowhere/ca.pem' } });
    expect(missing).toMatchObject({ reason: 'auth', message: 'the file that tls.ca names cannot be read (ENOENT)' });
  });

  test('speaks TLS, and plain HTTP does not get through', async () => {
    const plain = store.url.replace('https', 'http');
    expect(await asked(plain, { auth: GOOD })).toMatchObject({ reason: 'rejected', status: 400 });
  });
});

describeWith('Prometheus', hasPrometheus())('a Prometheus that wants a certificate', () => {
  const server = selfSigned();
  const client = selfSigned('watchdog');
  let store: MetricStore;
  beforeAll(async () => {
    const web = `
tls_server_config:
  cert_file: '{directory}/cert.pem'
  key_file: '{directory}/key.pem'
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: '{directory}/client.pem'
`;
    const files = { 'cert.pem': server.cert, 'key.pem': server.key, 'client.pem': client.cert };
    store = await startPrometheus({ web, files, scheme: 'https' });
  }, 30_000);
  afterAll(() => store[Symbol.asyncDispose]());

  test('is asked with one, and refuses whoever has none', async () => {
    const tls = { ca: server.cert, cert: client.cert, key: client.key };
    expect(await asked(store.url, { tls })).toEqual([4, 4, 4]);
    expect(await asked(store.url, { tls: { ca: server.cert } })).toMatchObject({ reason: 'network' });
  });
});
