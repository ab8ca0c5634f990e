/** Secrets are found wherever they stand in a configuration, compared without being shown, and taken out of others' texts. */
import { inspect } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { sameWithSecrets, secretSchema, secretsIn, secretUrlSchema, withoutSecrets } from '../../src/lib/secret.ts';
import { loadPolicy } from '../../src/policy/load.ts';

const schema = z.looseObject({ password: secretSchema, url: secretUrlSchema });
const made = (
  password = 'hunter2hunter2',
  url = 'https://hooks.example.org/services/T0123456/B0123456?sig=abcdefghij',
) => schema.parse({ password, url, plain: ['text', { deeper: 1 }] });

describe('secrets', () => {
  it('are found however deep they stand', () => {
    const found = secretsIn({ a: [made(), null, 'text'], b: { c: made('another1') } });
    expect(found.map((secret) => secret.reveal())).toHaveLength(4);
    expect(found.map(String)).toEqual(Array.from({ length: 4 }, () => '[redacted]'));
    expect(secretsIn('text')).toEqual([]);
  });

  it('are compared, and nothing else is forgotten', () => {
    expect(sameWithSecrets(made(), made())).toBe(true);
    expect(sameWithSecrets(made(), made('hunter3hunter3'))).toBe(false);
    expect(sameWithSecrets(made(), { ...made(), more: 1 })).toBe(false);
  });

  it('are taken out of texts, of a URL its path and what stands between its slashes as well', () => {
    const { password, url } = made();
    const text = `hunter2hunter2 /services/T0123456/B0123456?sig=abcdefghij T0123456 and abcdefghij`;
    expect(withoutSecrets(text, [password, url])).toBe('[redacted] [redacted] [redacted] and [redacted]');
    expect(inspect(made(), { depth: 9 })).not.toMatch(/hunter|T0123456/);
  });

  it.each(['http://example.org/x', 'ftp://example.org', 'example.org', 'http://127.0.0.1.example.org/x'])(
    'are not sent to %s, where others could listen',
    (url) => {
      expect(secretUrlSchema.safeParse(url).success).toBe(false);
    },
  );

  it.each(['https://example.org/x', 'http://127.0.0.1:8080/x', 'http://localhost/x', 'http://[::1]:1/x'])(
    'may be sent to %s',
    (url) => {
      expect(secretUrlSchema.safeParse(url).success).toBe(true);
    },
  );
});

test('in every source of a policy file', () => {
  const role = { arn: 'arn:aws:iam::111122223333:role/w', externalId: 'external-id' };
  const sources = [
    { kind: 'prometheus', url: 'https://p', query: 'a', period: '60s', auth: { kind: 'sigv4', role } },
    {
      kind: 'prometheus',
      url: 'https://p',
      query: 'b',
      period: '60s',
      auth: { kind: 'bearer', token: 'bearer-token' },
    },
    {
      kind: 'http',
      url: 'https://h',
      value: '$',
      period: '60s',
      headers: { 'x-key': 'header-value' },
      auth: { kind: 'basic', username: 'u', password: 'basic-password' },
    },
    { kind: 'http', url: 'https://h', value: '$', period: '60s', tls: { cert: '/c', key: 'tls-key' } },
    { kind: 'datadog', query: 'avg:x{*}', period: '60s', apiKey: 'dd-api', applicationKey: 'dd-app' },
    { kind: 'newrelic', account: 1, query: 'SELECT count(*) FROM x', period: '60s', apiKey: 'nr-key' },
  ];
  const rules = sources.map((source, index) => ({ name: `r${index}`, source, judge: { kind: 'threshold', above: 1 } }));
  const file = {
    version: 1,
    targets: [{ region: 'eu-west-1' }],
    poll: '*/15 * * * * *',
    policies: [{ name: 'p', match: { application: '*', environment: '*' }, mode: 'observe', rules }],
  };
  const loaded = loadPolicy({ path: 'f', text: JSON.stringify(file) }, {});
  expect(loaded.ok ? [] : loaded.errors).toEqual([]);
  const found = [
    'external-id',
    'bearer-token',
    'header-value',
    'basic-password',
    'tls-key',
    'dd-api',
    'dd-app',
    'nr-key',
  ];
  expect(
    loaded.ok
      ? secretsIn(loaded.config)
          .map((secret) => secret.reveal())
          .toSorted()
      : [],
  ).toEqual(found.toSorted());
  expect(JSON.stringify(loaded)).not.toMatch(/external-id|-token|-value|-password|tls-key|dd-a|nr-key/);
});
