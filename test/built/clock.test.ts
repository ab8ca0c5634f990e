/** The machine's clock is put forward and back under the built daemon, which lives by it and by no sandbox's. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requirePart } from '../real/support/parts.ts';
import { openBell } from './support/bell.ts';
import { type Package, packProject } from './support/package.ts';
import { about, endOf, events, get, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

/** The library that puts a process's clock off, for programs with threads. */
const LIBRARY = readdirSync('/usr/lib')
  .map((folder) => join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path));
const hasFaketime = requirePart('faketime', LIBRARY !== undefined);

const HOUR = 3_600_000;

describe.runIf(hasFaketime).concurrent('a clock that is put', { timeout: 120_000 }, () => {
  it.each([
    ['back by two hours', '-2h', -2],
    ['forward by two hours', '+2h', 2],
    ['forward by 73 hours', '+73h', 73],
  ])('%s holds up no stop, and stops nothing that is well', async (_, offset, hours) => {
    // AWS's own time is nobody's clock here: that of the sandbox is fast, so that a rollback takes two seconds.
    await using scene = await openBell(built, 10);
    const file = join(scene.folder, 'clock');
    const put = (by: string) => writeFileSync(file, by);
    put('+0');
    const env = {
      ...{ LD_PRELOAD: LIBRARY ?? '', FAKETIME_TIMESTAMP_FILE: file },
      ...{ FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
    };
    const daemon = scene.daemon({ sandboxTime: false, env });
    await daemon.line('start', of('http-listening'));
    // One that is well, under watch from before the clock is put.
    const good = await scene.shop.deploy({ flag: 'good' });
    await daemon.line('the good one is watched', about('deployment-discovered', good));

    put(offset);
    const putAt = performance.now();
    const looked = async () => (await scene.requests()).filter(({ status }) => status === 200).length;
    const before = await looked();
    await scene.until('it goes on', async () => (await looked()) >= before + 6, 10_000);
    expect((await get(daemon, '/healthz')).status).toBe(200);
    expect(await scene.stops()).toEqual([]);
    expect(events(daemon, 'watch-released')).toEqual([]);

    // The good one turns bad; then the whole of it once more with one that begins after the clock was put.
    await scene.ring('ALARM');
    await daemon.line('the stop', about('stop-answered', good), 15_000);
    const decided = await daemon.line('decided', about('stop-decided', good));
    expect(Date.parse(decided.time) - Date.now()).toBeGreaterThan(hours * HOUR - 60_000);
    expect(Date.parse(decided.time) - Date.now()).toBeLessThan(hours * HOUR + 60_000);
    await scene.ring('OK');
    await daemon.line('released', about('watch-released', good), 40_000);
    const bad = await scene.deployBad();
    await daemon.line('the stop', about('stop-answered', bad), 15_000);
    // And back to the right time in the middle of it.
    put('+0');
    await scene.until('it goes on', async () => (await looked()) >= before + 60, 20_000);
    await scene.ring('OK');
    await daemon.line('released', about('watch-released', bad), 40_000);
    for (const number of [good, bad]) await scene.expectOneStop(number);
    expect(performance.now() - putAt).toBeLessThan(100_000);
    expect(events(daemon, 'stop-failed')).toEqual([]);
    expect(events(daemon, 'target-unreachable')).toEqual([]);
    expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
    await scene.expectSound();
  });
});
