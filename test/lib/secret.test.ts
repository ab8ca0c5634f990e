/** Secrets are found wherever they stand in a policy file, so that no log line can hold one. */
import { expect, test } from 'vitest';
import { secretSchema, secretsIn } from '../../src/lib/secret.ts';
import { loadPolicy } from '../../src/policy/load.ts';

test('in lists, in maps, deep down, and nothing that only looks like one', () => {
  const secret = (text: string) => secretSchema.parse(text);
  const data = { a: [1, { b: secret('one') }], c: secret('two'), d: { reveal: () => 'three' }, e: null, f: 'four' };
  expect(secretsIn(data)).toEqual(['one', 'two']);
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
  expect(loaded.ok ? secretsIn(loaded.config).toSorted() : []).toEqual(found.toSorted());
  expect(JSON.stringify(loaded)).not.toMatch(/external-id|-token|-value|-password|tls-key|dd-a|nr-key/);
});
