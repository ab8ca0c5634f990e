/** docs/sources.md has a recipe for every source and every service that it names, which loads as it stands. */
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { formatPolicyErrors } from '../../src/policy/error.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { MetricRule } from '../../src/policy/schema.ts';
import { sources } from '../../src/sources/index.ts';
import { documents, read } from './documents.ts';

const page = documents().find(({ path }) => path === 'docs/sources.md');
const example = read('config/watchdog.yaml');
const ENV = {
  PROMETHEUS_PASSWORD: 'one',
  DD_API_KEY: 'two',
  DD_APPLICATION_KEY: 'three',
  NEW_RELIC_API_KEY: 'four',
  METRICS_TOKEN: 'five',
};

/** The source of each recipe under a heading. */
function recipes(): ReadonlyMap<string, readonly MetricRule['source'][]> {
  const sections = (page?.text ?? '').split(/^##+ /m).slice(1);
  return new Map(
    sections.map((section) => {
      const blocks = [...section.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
      const found = blocks.flatMap((text) => {
        const loaded = loadPolicy({ path: 'w.yaml', text: stringify({ ...parse(example), ...parse(text) }) }, ENV);
        if (!loaded.ok) throw new Error(formatPolicyErrors(loaded.errors));
        return loaded.config.policies[0]?.rules.flatMap((rule) => ('source' in rule ? rule.source : [])) ?? [];
      });
      return [section.split('\n')[0] ?? '', found];
    }),
  );
}

it('shows every source but CloudWatch, which README shows', () => {
  const shown = new Set([...recipes().values()].flat().map(({ kind }) => kind));
  const all = sources.map(({ kind }) => kind).filter((kind) => kind !== 'cloudwatch');
  expect([...shown].toSorted()).toEqual(all.toSorted());
});

it('shows each service as it is asked', () => {
  const found = recipes();
  expect(found.get('Prometheus')).toMatchObject([
    { kind: 'prometheus', query: expect.stringContaining('{{deployment.application}}') },
    { auth: { kind: 'basic' }, tls: { ca: '/etc/watchdog/ca.pem' } },
  ]);
  expect(found.get('Amazon Managed Prometheus')).toMatchObject([{ auth: { kind: 'sigv4', service: 'aps' } }]);
  expect(found.get('VictoriaMetrics')).toMatchObject([{ kind: 'prometheus' }]);
  expect(found.get('Datadog')).toMatchObject([{ kind: 'datadog', api: 'v2', formula: '100 * errors / hits' }]);
  expect(found.get('New Relic')).toMatchObject([{ kind: 'newrelic', region: 'eu' }]);
  expect(found.get('Any JSON')).toMatchObject([{ kind: 'http', points: { unit: 's' } }]);
  expect(found.get('A number without a history')).toMatchObject([
    { kind: 'http', value: '$.checks[?@.name=="orders"].failing' },
  ]);
});
