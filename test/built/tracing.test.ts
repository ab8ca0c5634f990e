/** Traces of the built daemon: a bad rollout as a real collector sees it, and nothing at all while nobody asks. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type Collector, type SeenSpan, startCollector } from '../tracing/support/collector.ts';
import { type Package, packProject } from './support/package.ts';
import { supportFile } from './support/process.ts';
import { openScene } from './support/scene.ts';
import { about, endOf, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

function tree(collector: Collector) {
  const byId = new Map(collector.spans().map((span) => [span.spanId, span]));
  return (span: SeenSpan | undefined): readonly string[] => {
    const names: string[] = [];
    for (let at = span; at !== undefined; at = byId.get(at.parentSpanId ?? '')) names.push(at.name);
    return names;
  };
}

const REF = { 'cloud.provider': 'aws', 'cloud.region': 'eu-west-1', 'appconfig.target': 'eu-west-1' };

it('show a bad rollout from its discovery to the end of its stop', { timeout: 60_000 }, async () => {
  await using collector = await startCollector();
  await using scene = await openScene(built, 60);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const secret = 'a-key-nobody-may-see';
  const daemon = scene.daemon({ env: { ...env, OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secret}` } });
  await daemon.line('start', of('daemon-started'));
  await scene.fault({ kind: 'throttling', operation: 'StopDeployment', count: 1 });
  const bad = await scene.shop.deploy({ flag: 'bad' });
  await daemon.line('the stop is settled', of('stop-settled'));
  await daemon.line('the deployment is released', about('watch-released', bad));
  expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });

  const way = tree(collector);
  const deployment = { ...REF, 'appconfig.application.name': 'checkout', 'appconfig.environment.name': 'prod' };
  const [stop, ...more] = collector.named('stop deployment');
  expect(more).toEqual([]);
  expect(['look', 'discover']).toContain(way(stop)[2]);
  expect(way(stop).slice(0, 2)).toEqual(['stop deployment', 'look at deployment']);
  expect(stop?.attributes).toMatchObject({
    ...deployment,
    'cloud.account.id': expect.stringMatching(/^\d{12}$/),
    'appconfig.deployment.number': bad,
    'appconfig.policy': 'checkout-prod',
    'appconfig.because': expect.stringContaining('error-rate: 100 * errors / requests above 1'),
    'appconfig.stop.outcome': 'rolled-back',
    'appconfig.stop.attempts': 2,
  });
  expect(stop?.status.code).toBe(0);
  const told = ['stop-requested', 'stop-attempt-failed', 'stop-answered', 'stop-settled'];
  expect(stop?.events.map(({ name }) => name).filter((name) => told.includes(name))).toEqual(told);

  const attempts = collector.named('AppConfig/StopDeployment');
  expect(attempts.map((span) => [span.parentSpanId, span.kind, span.attributes['error.type']])).toEqual([
    [stop?.spanId, 3, 'throttled'],
    [stop?.spanId, 3, undefined],
  ]);
  expect(attempts[1]?.attributes).toMatchObject({
    'rpc.system.name': 'aws-api',
    'rpc.method': 'AppConfig/StopDeployment',
    'aws.request_id': expect.any(String),
  });

  // The look that decided: the rule was asked in it, its verdict and the decision are in it, in this order.
  const look = collector.spans().find(({ spanId }) => spanId === stop?.parentSpanId);
  expect(look?.attributes).toMatchObject(deployment);
  expect(look?.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['rule-judged', 'stop-decided']));
  const judged = look?.events.find(({ name }) => name === 'rule-judged');
  expect(judged?.attributes).toMatchObject({ 'appconfig.rule': 'error-rate', 'appconfig.verdict': 'breached' });
  const asked = collector.named('ask rule').filter(({ parentSpanId }) => parentSpanId === look?.spanId);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.attributes).toMatchObject({ 'appconfig.rule': 'error-rate', 'appconfig.rule.kind': 'cloudwatch' });
  expect(asked[0]?.traceId).toBe(stop?.traceId);

  // Passes are where traces begin; the first look at the deployment belongs to the discovery that found it.
  for (const pass of ['discover', 'look']) {
    const passes = collector.named(pass);
    expect(passes.length).toBeGreaterThan(2);
    for (const { attributes, parentSpanId } of passes) {
      expect(attributes).toMatchObject(REF);
      expect(parentSpanId).toBeUndefined();
    }
  }
  const found = collector.spans().filter(({ events }) => events.some(({ name }) => name === 'deployment-discovered'));
  expect(found.map(({ name }) => name)).toEqual(['discover']);
  expect(collector.requests.every(({ headers }) => headers.authorization === secret)).toBe(true);
  expect(daemon.stdout()).not.toContain(secret);
});

const urls = z.array(z.string());
const sourceMap = z.object({ sources: urls });
/** What went into a file of the bundle, by its source map. */
function sourcesOf(url: string): readonly string[] {
  const map = `${url.startsWith('file:') ? fileURLToPath(url) : url}.map`;
  return existsSync(map) ? sourceMap.parse(JSON.parse(readFileSync(map, 'utf8'))).sources : [];
}
const packagesOf = (sources: readonly string[]) =>
  new Set(sources.flatMap((path) => /\/node_modules\/(@opentelemetry\/[^/]+)/.exec(path)?.[1] ?? []));

it.each([
  ['nothing', {}, []],
  ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, ['@opentelemetry/sdk-trace']],
])('load of OpenTelemetry what %s asks for', { timeout: 60_000 }, async (_, env, expected) => {
  await using scene = await openScene(built, 60);
  const modules = join(scene.folder, 'modules.json');
  const watched = { NODE_OPTIONS: `--import ${supportFile('list-modules.mjs')}`, MODULES_TO: modules };
  const daemon = scene.daemon({ env: { ...env, ...watched } });
  await daemon.line('HTTP, and with it the metrics', of('http-listening'));
  const bad = await scene.shop.deploy({ flag: 'bad' });
  await daemon.line('the stop is settled', about('stop-settled', bad));
  expect((await endOf(daemon)).code).toBe(0);
  const loaded = urls.parse(JSON.parse(readFileSync(modules, 'utf8'))).flatMap(sourcesOf);
  expect(loaded.some((path) => path.endsWith('/src/service/service.ts'))).toBe(true);
  expect(loaded.some((path) => /\/src\/tracing\/(open|delivery)\.ts$/.test(path))).toBe(expected.length > 0);
  const packages = packagesOf(loaded);
  // prom-client loads the API's interfaces for exemplars, which nobody here uses; that much comes with the metrics.
  packages.delete('@opentelemetry/api');
  if (expected.length === 0) expect([...packages]).toEqual([]);
  for (const name of expected) expect([...packages]).toContain(name);
});
