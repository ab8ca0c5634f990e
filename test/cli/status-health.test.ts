import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, describe, expect, test } from 'vitest';
import { daemonUrl } from '../../src/cli/daemon-url.ts';
import { healthCommand } from '../../src/cli/health.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { statusCommand } from '../../src/cli/status.ts';
import type { Json } from '../../src/core/json.ts';
import { startHttp } from '../../src/http/server.ts';
import { type StatusFacts, statusReport } from '../../src/http/status.ts';
import { at, atTwenty, watch } from '../journal/events.ts';
import { ioIn, run, runIn } from './explain-status-io.ts';

const FACTS: StatusFacts = {
  targets: [
    {
      name: 'prod-eu',
      discoveredAt: at(1),
      unguarded: [{ what: 'deployments of check\u001b[2Jout/prod', since: at(3) }],
    },
    { name: 'prod-us', unreachableSince: at(2) },
  ],
  watches: [
    {
      ref: watch,
      mode: 'enforce',
      deployment: { ...atTwenty, application: { id: 'abc1234', name: 'check\u001b[2Jout' } },
      discoveredAt: at(5),
      phase: 'stopping',
      rules: {
        'error-rate': {
          rule: 'error-rate',
          told: false,
          verdict: { kind: 'breached', because: 'was 4.2' },
          judgedAt: at(299),
        },
        pager: { rule: 'pager', told: false },
      },
      withheld: [],
      stop: { decidedAt: at(300), because: ['error-rate: was 4.2'], failures: 0 },
    },
  ],
  stopsInFlight: 1,
  circuit: 'closed',
};

function daemon(ok: boolean, status: Json) {
  const report = { ok, because: ok ? [] : ['no pass over prod-eu for 5m'] };
  return startHttp({
    host: '127.0.0.1',
    port: 0,
    health: () => report,
    ready: () => report,
    metrics: new Registry(),
    status: () => status,
  });
}

test('status shows what is under watch, harmlessly', async () => {
  await using server = await daemon(true, JSON.parse(JSON.stringify(statusReport(FACTS, '0.1.0', at(301)))));
  const ran = await run(statusCommand, '--url', server.url);
  expect([ran.code, ran.err]).toEqual([0, '']);
  await expect(ran.out).toMatchFileSnapshot('golden/status.txt');
  expect(ran.out).not.toContain('\u001b');
  const json = JSON.parse((await run(statusCommand, '--url', server.url, '--json')).out);
  expect(json.watches[0]).toMatchObject({ policy: 'checkout-prod', stop: 'in flight since 2026-11-03T12:05:00.000Z' });
});

test('status tells of a stop that was withheld until it was made', async () => {
  const [first] = FACTS.watches;
  if (first === undefined) throw new Error('no watch');
  const { stop: _, ...unstopped } = { ...first, withheld: ['circuit-open' as const] };
  const shown = async (watches: StatusFacts['watches']) => {
    const facts = statusReport({ ...FACTS, watches }, '0.1.0', at(301));
    await using server = await daemon(true, JSON.parse(JSON.stringify(facts)));
    return (await run(statusCommand, '--url', server.url)).out;
  };
  expect(await shown([unstopped])).toContain('withheld: circuit-open');
  const made = await shown([{ ...first, withheld: ['circuit-open'] }]);
  expect(made).toContain('in flight since');
  expect(made).not.toContain('withheld');
});

test('status without watches', async () => {
  await using server = await daemon(
    true,
    JSON.parse(JSON.stringify(statusReport({ ...FACTS, watches: [] }, '0.1.0', at(1)))),
  );
  expect((await run(statusCommand, '--url', server.url)).out).toContain('nothing under watch');
});

test('status of something else', async () => {
  await using server = await daemon(true, { hello: 'world' });
  const ran = await run(statusCommand, '--url', server.url);
  expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('did not answer like this program')]);
});

test.each([
  [true, 0],
  [false, 1],
])('health when healthy is %s exits %i', async (ok, code) => {
  await using server = await daemon(ok, null);
  const ran = await run(healthCommand, '--url', server.url);
  expect([ran.code, JSON.parse(ran.out).ok]).toEqual([code, ok]);
});

test('health of nobody', async () => {
  const server = await daemon(true, null);
  await server.stop();
  const ran = await run(healthCommand, '--url', server.url);
  expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/no answer from .*ECONNREFUSED/)]);
});

describe('without --url', () => {
  const folder = mkdtempSync(join(tmpdir(), 'health-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The environment of a container whose policy file holds this text; PORT stands for that of the daemon. */
  function container(text: string, { url }: { readonly url: string }) {
    const path = join(folder, 'watchdog.yaml');
    writeFileSync(path, text.replaceAll('PORT', new URL(url).port));
    return { APPCONFIG_WATCHDOG_CONFIG: path, HOST: '127.0.0.1' };
  }

  test.each([
    ['a port', 'http: { port: PORT }'],
    ['every address', 'http: { host: 0.0.0.0, port: PORT }'],
    ['a name', 'http: { host: localhost, port: PORT }'],
    ['an address from the environment', `http: { host: "\${HOST}", port: PORT }`],
    ['errors elsewhere, which a running daemon has refused', 'http: { port: PORT }\nnonsense: [\n  - {{ a: b: c\n'],
  ])('the daemon is asked where the policy file says: %s', async (_what, text) => {
    await using server = await daemon(true, { hello: 'world' });
    const env = container(text, server);
    expect(await runIn(env, healthCommand)).toMatchObject({ code: 0, err: '' });
    expect((await runIn(env, statusCommand)).err).toContain(`${new URL(server.url).port} did not answer`);
    expect((await runIn(env, resumeCommand, '--reason', 'none')).err).toContain(`${new URL(server.url).port} refused`);
  });

  test('the variable counts more than the file, and the flag more than both', async () => {
    await using server = await daemon(true, null);
    const env = container('http: { port: 1 }', server);
    expect((await runIn(env, healthCommand)).err).toContain('http://127.0.0.1:1/healthz');
    expect(await runIn({ ...env, APPCONFIG_WATCHDOG_URL: server.url }, healthCommand)).toMatchObject({ code: 0 });
    const both = { ...env, APPCONFIG_WATCHDOG_URL: 'http://127.0.0.1:2' };
    expect(await runIn(both, healthCommand, '--url', server.url)).toMatchObject({ code: 0 });
  });

  test.each([
    ['"::"', 'http://[::1]:8000'],
    ['0.0.0.0', 'http://127.0.0.1:8000'],
    ['"fd00::7"', 'http://[fd00::7]:8000'],
    ['10.0.0.7', 'http://10.0.0.7:8000'],
  ])('who listens on %s is asked at %s', async (host, url) => {
    const path = join(folder, 'hosts.yaml');
    writeFileSync(path, `http: { host: ${host}, port: 8000 }`);
    expect(await daemonUrl(ioIn({ APPCONFIG_WATCHDOG_CONFIG: path }), undefined)).toBe(url);
  });

  test.each([
    ['no http', 'version: 1'],
    ['an http that is wrong', 'http: { port: many }'],
    ['a free port', 'http: { port: 0 }'],
    ['a variable that is not set', `http: { host: "\${NOWHERE}", port: 1 }`],
    ['no YAML', '\u0000'],
  ])('a file with %s leaves the default', async (_what, text) => {
    const path = join(folder, 'other.yaml');
    writeFileSync(path, text);
    expect(await daemonUrl(ioIn({ APPCONFIG_WATCHDOG_CONFIG: path }), undefined)).toBe('http://127.0.0.1:9464');
  });

  test.each([{}, { APPCONFIG_WATCHDOG_CONFIG: '' }, { APPCONFIG_WATCHDOG_CONFIG: '/nowhere/watchdog.yaml' }])(
    'so does no file: %o',
    async (env) => expect(await daemonUrl(ioIn(env), undefined)).toBe('http://127.0.0.1:9464'),
  );
});
