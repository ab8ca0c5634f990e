/** What a person does by hand: `check --live`, `stop` and `resume`, over the sandbox and real HTTP. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import { liveCheckCommand } from '../../src/cli/live.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { stopCommand } from '../../src/cli/stop.ts';
import { tellCommand } from '../../src/cli/tell-deployment.ts';
import { openShop, type Shop } from '../../src/demo/shop.ts';
import { watchdogMetrics } from '../../src/http/metrics.ts';
import { startHttp } from '../../src/http/server.ts';
import { openJournalForReading } from '../../src/journal/read.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Target } from '../../src/policy/schema.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { connectTarget } from '../../src/service/connect.ts';
import { SILENT_OPERATOR } from '../support/operator.ts';
import { runCommand } from './support/policy-io.ts';

const clock = systemClock();
const connect = (target: Target) => connectTarget(target, { clock });
const folder = mkdtempSync(join(tmpdir(), 'operator-'));
const journal = join(folder, 'journal.sqlite');

const policy = (change: { alarm?: string; application?: string; more?: string } = {}) => `
version: 1
targets: [{ name: main, region: eu-west-1 }]
poll: "*/15 * * * * *"
policies:
  - name: checkout-prod
    match: { application: ${change.application ?? 'checkout'}, environment: prod }
    mode: enforce
    rules:
      - name: errors
        source: { kind: cloudwatch, period: 60s, metrics: { errors: { namespace: Shop, metric: Errors, stat: Sum } } }
        judge: { kind: threshold, above: 10 }
      - name: pager
        trigger: { kind: alarm, names: [${change.alarm ?? 'latency-high'}] }
stop: { followEvery: 50ms }
journal: { path: ${JSON.stringify(journal)} }
${change.more ?? ''}
`;

let sandbox: Sandbox;
let shop: Shop;
let client: AppConfigClient;

beforeAll(async () => {
  sandbox = await startSandbox({ rollbackDuration: 300, validatingDuration: 0 });
  process.env.AWS_ENDPOINT_URL = sandbox.url;
  process.env.AWS_REGION = 'eu-west-1';
  process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = 'not-a-secret';
  client = new AppConfigClient();
  shop = await openShop({ client, rollout: { growth: 'LINEAR', factor: 20, minutes: 10, bakeMinutes: 10 } });
});

afterAll(async () => {
  client.destroy();
  await sandbox.stop();
  rmSync(folder, { recursive: true, force: true });
});

const files = (change = {}) => ({ 'w.yaml': policy(change) });
const stop = (...args: string[]) =>
  runCommand((io) => stopCommand({ io, connect }), [...args, '--config', 'w.yaml'], files());

describe('stop', () => {
  test('rolls back by name, with who and why in the journal, and says so', async () => {
    const number = await shop.deploy({ flag: 'bad' });
    const { out, err, code } = await stop(`checkout/prod/${number}`, '--reason', 'INC-42', '--by', 'mia');
    expect(out).toBe(`checkout/prod/${number}: rolled back after 1 StopDeployment call\n`);
    expect(err).toContain('by mia (INC-42)');
    expect(code).toBe(0);
    expect((await shop.get(number)).State).toBe('ROLLED_BACK');
    const record = openJournalForReading(journal);
    const events = [...record.events()].map(({ event }) => event);
    expect(record.verify()).toMatchObject({ ok: true });
    record[Symbol.dispose]();
    expect(events.map((event) => event?.kind)).toEqual(['stop-requested', 'stop-answered', 'stop-settled']);
    expect(events[0]).toMatchObject({ by: { kind: 'operator', name: 'mia', reason: 'INC-42' } });
  });

  test('of one that is over says so and fails', async () => {
    const { out, code } = await stop('main:checkout/prod/1', '--reason', 'again', '--json');
    expect(JSON.parse(out)).toMatchObject({ outcome: { kind: 'already-over', state: 'ROLLED_BACK' } });
    expect(code).toBe(1);
  });

  test('a complete one is left alone, and reverted when asked for', async () => {
    const quick = await openShop({
      client,
      application: 'quick',
      rollout: { growth: 'LINEAR', factor: 100, minutes: 0, bakeMinutes: 0 },
    });
    const number = await quick.deploy({ flag: 'good' });
    await expect.poll(async () => (await quick.get(number)).State).toBe('COMPLETE');
    const left = await stop(`quick/prod/${number}`, '--reason', 'late');
    expect(left).toMatchObject({ code: 1, out: expect.stringContaining('already over (COMPLETE)') });
    const reverted = await stop(`quick/prod/${number}`, '--reason', 'late', '--revert');
    expect(reverted).toMatchObject({ code: 0, out: expect.stringContaining('reverted') });
    expect((await quick.get(number)).State).toBe('REVERTED');
  });

  test.each([
    ['checkout', 2, 'expected [TARGET:]APPLICATION/ENVIRONMENT/NUMBER'],
    ['checkout/prod/99', 3, 'there is no deployment checkout/prod/99'],
    ['nowhere:checkout/prod/1', 3, 'has no target nowhere; it has main'],
  ])('%s: exit code %i', async (argument, code, message) => {
    const outcome = await stop(argument, '--reason', 'x');
    expect(outcome.code).toBe(code);
    expect(outcome.err).toContain(message);
  });

  test('a name that two applications share is not guessed at: both are named by id', async () => {
    const rollout = { growth: 'LINEAR', factor: 50, minutes: 5, bakeMinutes: 0 } as const;
    const twins = [
      await openShop({ client, application: 'twin', rollout }),
      await openShop({ client, application: 'twin', rollout }),
    ];
    for (const twin of twins) await twin.deploy({ flag: 'good' });
    const { code, err } = await stop('twin/prod/1', '--reason', 'x');
    expect(code).toBe(3);
    for (const { applicationId, environmentId } of twins) {
      expect(err).toContain(`main:${applicationId}/${environmentId}/1`);
    }
    const [first] = twins;
    const one = await stop(`${first?.applicationId}/${first?.environmentId}/1`, '--reason', 'x');
    expect(one).toMatchObject({ code: 0, out: expect.stringContaining('rolled back') });
  });

  test('without a reason it does nothing', async () => {
    const { code, err } = await runCommand((io) => stopCommand({ io, connect }), ['checkout/prod/1'], files());
    expect(code).toBe(1);
    expect(err).toContain("required option '--reason <text>' not specified");
  });
});

describe('check --live', () => {
  const check = (change = {}) =>
    runCommand(
      (io) => checkCommand(io, liveCheckCommand(io, { clock, connect, signal: AbortSignal.timeout(20_000) })),
      ['w.yaml', '--live', '--json'],
      files(change),
    );
  const byCheck = (out: string): Record<string, { result: string; detail: string }> =>
    Object.fromEntries(JSON.parse(out).findings.map((one: { check: string }) => [one.check, one]));

  test('names what is there and what is not', async () => {
    const { out, code } = await check();
    const found = byCheck(out);
    expect(code).toBe(1);
    expect(found.credentials).toMatchObject({ result: 'ok', detail: 'account 111122223333' });
    expect(found.selector).toMatchObject({ result: 'ok', detail: expect.stringContaining('checkout/prod') });
    expect(found.stop).toMatchObject({ result: 'ok', detail: 'allowed' });
    expect(found['query cloudwatch']).toMatchObject({ result: 'warn' });
    expect(found['trigger alarm']).toMatchObject({ result: 'fail', detail: expect.stringContaining('latency-high') });
  });

  test('says what a heartbeat would do, without its URL, and does not do it', async () => {
    const url = 'http://127.0.0.1:9/a-check-of-ours';
    const more = `heartbeat: { url: "${url}", every: 2m, cloudwatch: { namespace: Ours } }`;
    const { out } = await check({ more });
    const found = byCheck(out);
    expect(found['heartbeat url']).toMatchObject({
      result: 'ok',
      detail: expect.stringMatching(/^would POST the URL every 2m /),
    });
    const metric = 'would put 1 as Ours/Heartbeat in eu-west-1 every 2m while healthy; not tried';
    expect(found['heartbeat cloudwatch']).toMatchObject({ result: 'ok', detail: expect.stringContaining(metric) });
    expect(out).not.toContain('a-check-of-ours');
    expect(sandbox.requests().map(({ operation }) => operation)).not.toContain('PutMetricData');
  });

  test('an alarm that rings already is to be looked at, and hides no other one that is missing', async () => {
    const cloudwatch = new CloudWatchClient();
    const Namespace = 'Shop';
    const bound = { Namespace, MetricName: 'Errors', Statistic: 'Sum', Period: 60, Threshold: 1 } as const;
    const alarm = { AlarmName: 'rings', EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' } as const;
    await cloudwatch.send(new PutMetricAlarmCommand({ ...alarm, ...bound, TreatMissingData: 'ignore' }));
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'rings', StateValue: 'ALARM', StateReason: 'test' }));
    const alone = byCheck((await check({ alarm: 'rings' })).out)['trigger alarm'];
    expect(alone).toMatchObject({ result: 'warn', detail: expect.stringContaining('does not count until') });
    const beside = byCheck((await check({ alarm: 'rings, absent' })).out)['trigger alarm'];
    expect(beside).toMatchObject({ result: 'fail', detail: expect.stringContaining('absent') });
    cloudwatch.destroy();
  });

  test('what could not be asked is not told as what is not there', async () => {
    sandbox.faults.add({ kind: 'expired-token', operation: 'ListApplications' });
    const { out, code } = await check();
    sandbox.faults.clear();
    expect(code).toBe(1);
    expect(byCheck(out).selector).toMatchObject({ result: 'fail', detail: expect.stringContaining('not known') });
  });

  test('a selector that matches nothing is to be looked at', async () => {
    const { out } = await check({ application: 'chekout' });
    expect(byCheck(out).selector).toMatchObject({ result: 'warn', detail: 'matches no environment that exists now' });
  });

  test('refused permissions are told by name, and nothing was stopped', async () => {
    sandbox.faults.add({ kind: 'expired-token', operation: 'StopDeployment' });
    const { out, code } = await check();
    sandbox.faults.clear();
    expect(code).toBe(1);
    expect(byCheck(out).stop).toMatchObject({ result: 'fail', detail: expect.stringContaining('StopDeployment') });
  });
});

describe('resume', () => {
  const start = (resume: (by: string, reason: string) => boolean) =>
    startHttp({
      host: '127.0.0.1',
      port: 0,
      health: () => ({ ok: true, because: [] }),
      ready: () => ({ ok: true, because: [] }),
      metrics: watchdogMetrics({ version: 'test', now: clock.now, process: false }).registry,
      status: () => ({}),
      operator: { ...SILENT_OPERATOR, resume },
    });

  test('brings who and why to the daemon', async () => {
    const asked: string[][] = [];
    await using server = await start((by, reason) => asked.push([by, reason]) > 0);
    const { out, code } = await runCommand(resumeCommand, ['--url', server.url, '--reason', 'INC-42', '--by', 'mia']);
    expect(out).toContain('closed');
    expect(code).toBeUndefined();
    expect(asked).toEqual([['mia', 'INC-42']]);
  });

  test.each([
    ['a page in a browser', { origin: 'http://evil.example' }, '{"by":"a","reason":"b"}', 403],
    ['another host name (DNS rebinding)', { host: 'evil.example' }, '{"by":"a","reason":"b"}', 403],
    ['no reason', {}, '{"by":"a"}', 400],
    ['no JSON', {}, 'x', 400],
  ])('%s is refused', async (_, headers, body, status) => {
    let resumed = false;
    await using server = await start(() => {
      resumed = true;
      return true;
    });
    const { request } = await import('node:http');
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${server.url}/operator/resume`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      });
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end(body);
    });
    expect(answered).toBe(status);
    expect(resumed).toBe(false);
  });
});

describe('hold, release and stop of a running daemon', () => {
  type Told = readonly [verb: string, deployment: string, by: string, reason: string];

  /** The server the daemon has, in front of an operator that knows checkout/prod/12. */
  async function started(token?: string) {
    const told: Told[] = [];
    const verb =
      (name: string) =>
      (deployment: string, { by, reason }: { by: string; reason: string }) => {
        if (deployment === 'shop/prod/1') return { kind: 'ambiguous' as const, candidates: ['a:x/y/1', 'b:x/y/1'] };
        if (deployment !== 'checkout/prod/12') return { kind: 'unknown' as const, candidates: ['main:app/env/12'] };
        told.push([name, deployment, by, reason]);
        return { kind: 'done' as const, changed: true, deployment, because: `${name} is done` };
      };
    const server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      health: () => ({ ok: true, because: [] }),
      ready: () => ({ ok: true, because: [] }),
      metrics: watchdogMetrics({ version: 'test', now: clock.now, process: false }).registry,
      status: () => ({}),
      operator: { stop: verb('stop'), hold: verb('hold'), release: verb('release'), resume: () => true },
      token: () => token,
    });
    return { server, told, [Symbol.asyncDispose]: () => server.stop() };
  }
  const words = ['--reason', 'INC-42', '--by', 'mia'];

  test.each(['hold', 'release'] as const)('%s brings deployment, who and why to the daemon', async (verb) => {
    await using here = await started();
    const args = ['checkout/prod/12', '--url', here.server.url, ...words];
    const { out, code } = await runCommand((io) => tellCommand(io, verb), args);
    expect([out.trim(), code]).toEqual([`checkout/prod/12: ${verb} is done`, undefined]);
    expect(here.told).toEqual([[verb, 'checkout/prod/12', 'mia', 'INC-42']]);
  });

  test('stop --url has the daemon do it, and needs no policy file', async () => {
    await using here = await started();
    const connect = () => {
      throw new Error('the daemon does it');
    };
    const args = ['checkout/prod/12', '--url', here.server.url, ...words];
    const { out, code } = await runCommand((io) => stopCommand({ io, connect }), args);
    expect([out.trim(), code]).toEqual(['checkout/prod/12: stop is done', undefined]);
    expect(here.told).toEqual([['stop', 'checkout/prod/12', 'mia', 'INC-42']]);
  });

  test.each([
    ['checkout/prod/99', 'no such deployment is under watch', 'main:app/env/12'],
    ['shop/prod/1', 'it names several deployments', 'a:x/y/1'],
  ])('%s is told with what is there, and exit code 3', async (deployment, because, candidate) => {
    await using here = await started();
    const args = [deployment, '--url', here.server.url, ...words];
    const { err, code } = await runCommand((io) => tellCommand(io, 'hold'), args);
    expect(err).toContain(because);
    expect(err).toContain(candidate);
    expect(code).toBe(3);
  });

  test('with a token only who has it is listened to, and neither side shows it', async () => {
    await using here = await started('tell-no-one');
    const args = ['checkout/prod/12', '--url', here.server.url, ...words];
    const hold = (io: Parameters<typeof tellCommand>[0]) => tellCommand(io, 'hold');
    for (const env of [{}, { APPCONFIG_WATCHDOG_TOKEN: 'another' }]) {
      const { err, code } = await runCommand(hold, args, {}, env);
      expect(err).toContain('http.token');
      expect(err).not.toMatch(/tell-no-one|another/);
      expect(code).toBe(1);
    }
    expect(here.told).toEqual([]);
    expect((await runCommand(hold, args, {}, { APPCONFIG_WATCHDOG_TOKEN: 'tell-no-one' })).code).toBeUndefined();
    expect(here.told.length).toBe(1);
  });

  test.each([
    ['no deployment', { by: 'a', reason: 'b' }],
    ['no reason', { by: 'a', deployment: 'checkout/prod/12' }],
    ['another key', { by: 'a', reason: 'b', deployment: 'checkout/prod/12', force: true }],
  ])('%s is 400', async (_, body) => {
    await using here = await started();
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${here.server.url}/operator/stop`, init);
    expect(response.status).toBe(400);
    expect(here.told).toEqual([]);
  });
});
