/** The built daemon on a machine in trouble: frozen, blocked, without file descriptors, with a log that nobody reads. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { output, requirePart } from '../real/support/parts.ts';
import { type BellScene, bellPolicy, openBell } from './support/bell.ts';
import { lineTo } from './support/line.ts';
import { type Package, packProject } from './support/package.ts';
import { freePort, type Program, supportFile } from './support/process.ts';
import { about, endOf, events, get, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

const hasPrlimit = requirePart('prlimit (util-linux)', output('prlimit', ['--version']) !== undefined);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const load = (name: string) => ({ NODE_OPTIONS: `--import=${supportFile(name)}` });
const metric = (page: string, name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(page)?.[1]);

async function asked(scene: BellScene, operation: string): Promise<number> {
  return (await scene.requests()).filter((request) => request.operation === operation).length;
}

/** It is stopped and told to the end, once. */
async function expectStopped(scene: BellScene, daemon: Program, number: number): Promise<void> {
  await daemon.line('the end of the stop', of('stop-concluded'));
  await scene.ring('OK');
  await daemon.line('released', about('watch-released', number));
  await scene.expectOneStop(number);
  expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
  await scene.expectSound();
}

describe.concurrent('in trouble', { timeout: 120_000 }, () => {
  it.each([
    {
      name: 'frozen for eight seconds, its connections gone meanwhile',
      preload: undefined,
      async standStill(daemon: Program) {
        daemon.child.kill('SIGSTOP');
        await pause(8_000);
        daemon.child.kill('SIGCONT');
      },
    },
    {
      name: 'its event loop blocked for six seconds, its connections gone meanwhile',
      preload: 'burn.mjs',
      async standStill(daemon: Program) {
        daemon.child.kill('SIGUSR2');
        await pause(6_000);
      },
    },
  ])('$name', async ({ preload, standStill }) => {
    await using scene = await openBell(built, 20);
    await using line = await lineTo(scene.url);
    const env = { AWS_ENDPOINT_URL: line.url, ...(preload === undefined ? {} : load(preload)) };
    const daemon = scene.daemon({ env });
    await daemon.line('start', of('daemon-started'));
    expect((await get(daemon, '/healthz')).status).toBe(200);
    await scene.until('it looks', async () => (await asked(scene, 'ListEnvironments')) > 2);

    const still = standStill(daemon);
    await pause(500);
    line.cut();
    const before = await asked(scene, 'ListEnvironments');
    const connected = line.connections();
    const number = await scene.deployBad();
    // Whoever asks for its health learns that it does not answer.
    await expect(get(daemon, '/healthz', 1_000)).rejects.toThrow();
    expect(await asked(scene, 'ListEnvironments')).toBe(before);
    await still;

    await daemon.line('the stop', of('stop-decided'));
    // 160 polls were due meanwhile: one look makes up for all of them.
    expect((await asked(scene, 'ListEnvironments')) - before).toBeLessThan(40);
    expect(line.connections()).toBeGreaterThan(connected);
    await scene.until('healthy', async () => (await get(daemon, '/healthz')).status === 200);
    await expectStopped(scene, daemon, number);
  });

  it.runIf(hasPrlimit)('without a file descriptor, it says so, lives, and stops once it has some again', async () => {
    await using scene = await openBell(built, 20);
    await using line = await lineTo(scene.url);
    const env = { AWS_ENDPOINT_URL: line.url, ...load('use-up-descriptors.mjs') };
    const daemon = scene.daemon({ env, under: ['prlimit', '--nofile=128:128'] });
    await daemon.line('start', of('daemon-started'));
    await scene.until('ready', async () => (await get(daemon, '/readyz')).status === 200);

    daemon.child.kill('SIGUSR2');
    await pause(500);
    line.cut();
    const number = await scene.deployBad();
    // A connection that ended may be followed by another before its descriptor is taken as well: then some is answered.
    const blind = await daemon.line('out of reach', of('target-unreachable', 'unguarded'));
    expect(blind).toMatchObject({ critical: true, failure: { reason: 'network', code: 'EMFILE' } });
    // A file that cannot be read now is refused, and the one in force stays.
    daemon.child.kill('SIGHUP');
    expect(await daemon.line('a reload', of('policy-rejected'))).toMatchObject({ critical: true });
    expect(events(daemon, 'stop-requested')).toEqual([]);

    daemon.child.kill('SIGUSR2');
    await daemon.line('in reach', of(blind.event === 'unguarded' ? 'guarded-again' : 'target-reachable'));
    await scene.until('it answers', async () => (await get(daemon, '/healthz')).status === 200);
    await expectStopped(scene, daemon, number);
  });

  it('with a log that nobody reads, it stops, and says how many lines were lost when somebody does', async () => {
    await using scene = await openBell(built, 20);
    // A path of thousands of characters stands in each error of a refused file: so a few refusals fill the log up.
    const folder = join(scene.folder, ...Array.from({ length: 15 }, (_, depth) => `${depth}-`.padEnd(230, 'x')));
    mkdirSync(folder, { recursive: true });
    const policyFile = join(folder, 'watchdog.yaml');
    const port = await freePort();
    writeFileSync(policyFile, bellPolicy({ journal: scene.journal, port }));
    const daemon = scene.daemon({ policyFile, read: false });
    const page = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      return answer === undefined ? '' : await answer.text();
    };
    await scene.until('it listens', async () => (await page()) !== '');
    writeFileSync(policyFile, Array.from({ length: 100 }, (_, n) => `unheard-of-${n}: true\n`).join(''));
    const hangups = setInterval(() => daemon.child.kill('SIGHUP'), 5);
    try {
      const lost = async () => metric(await page(), 'appconfig_watchdog_log_lines_lost') > 10;
      await scene.until('lines are lost', lost, 60_000);
    } finally {
      clearInterval(hangups);
    }
    const number = await scene.deployBad();
    await scene.until('the stop', async () => scene.recorded(number).includes('stop-concluded'));
    await scene.ring('OK');
    await scene.until('the release', async () => scene.recorded(number).includes('watch-released'));
    await scene.expectOneStop(number);

    daemon.read();
    const told = await daemon.line('what was lost', of('log-lines-lost'));
    expect(told).toMatchObject({ level: 'error', critical: true });
    expect(told.lines).toBeGreaterThan(10);
    // What it dropped was told once, and what is logged from now on comes through.
    expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
    expect(events(daemon, 'log-lines-lost')).toHaveLength(1);
    expect(daemon.log().at(-1)).toMatchObject({ event: 'daemon-stopped' });
    await scene.expectSound();
  });
});
