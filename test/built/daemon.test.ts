/** What the container runs, as processes over real HTTP: the daemon's day from its first reload to its last signal. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Package, packProject } from './support/package.ts';
import type { Program } from './support/process.ts';
import { openScene, policyText, type Scene } from './support/scene.ts';
import { about, events, get, of, urlOf } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

const loadedLine = z.looseObject({ policies: z.array(z.string()), reload: z.boolean() });
const verified = z.looseObject({ ok: z.boolean(), records: z.number() });
const record = z.object({ events: z.array(z.looseObject({ kind: z.string() })) });

/** Loads of the policy file after the first: the names of the policies each brought. */
const reloads = (daemon: Program) =>
  events(daemon, 'policy-loaded')
    .map((line) => loadedLine.parse(line))
    .flatMap(({ reload, policies }) => (reload ? [policies] : []));

async function expectSound(scene: Scene): Promise<void> {
  const { code, stdout } = await scene.command('journal', 'verify', scene.journal, '--json');
  expect({ code, ...verified.parse(JSON.parse(stdout)) }).toMatchObject({ code: 0, ok: true });
}

/** How often events of a kind are on record for a deployment. */
async function recorded(scene: Scene, number: number, kind: string): Promise<number> {
  const told = await scene.command('explain', `checkout/prod/${number}`, '--journal', scene.journal, '--json');
  expect(told).toMatchObject({ code: 0, stderr: '' });
  return record.parse(JSON.parse(told.stdout)).events.filter((event) => event.kind === kind).length;
}

describe('the built daemon', { timeout: 120_000 }, () => {
  it('reloads, refuses a broken file, lets a good deployment be, stops a bad one, and ends at SIGTERM', async () => {
    await using scene = await openScene(built, 60);
    const daemon = scene.daemon();
    await daemon.line('the first discovery', of('daemon-started'));
    await scene.until('ready', async () => (await get(daemon, '/readyz')).status === 200);

    // SIGHUP loads the file anew, even unchanged; a changed file is noticed without a signal.
    daemon.child.kill('SIGHUP');
    await scene.until('a reload by SIGHUP', async () => reloads(daemon).length === 1);
    expect(reloads(daemon)).toEqual([['checkout-prod']]);
    scene.writePolicy(policyText(scene.journal, 'checkout-renamed'));
    await scene.until('a reload by a change', async () => reloads(daemon).length === 2);
    expect(reloads(daemon)[1]).toEqual(['checkout-renamed']);

    // A broken one is refused with its place, and the old one stays in force for all that follows.
    scene.writePolicy(policyText(scene.journal, 'broken').replace('mode: enforce', 'mode: enforced'));
    daemon.child.kill('SIGHUP');
    const rejected = await daemon.line('the refusal', of('policy-rejected'));
    expect(rejected).toMatchObject({ level: 'error', critical: true });
    expect(JSON.stringify(rejected)).toContain(`${scene.policyFile}:8:11: `);

    const good = await scene.shop.deploy({ flag: 'good' });
    await daemon.line('the good deployment is released', about('watch-released', good));
    expect((await scene.shop.get(good)).State).toBe('COMPLETE');
    expect(await scene.stops()).toEqual([]);

    const bad = await scene.shop.deploy({ flag: 'bad' });
    await daemon.line('the bad deployment is released', about('watch-released', bad));
    expect((await scene.shop.get(bad)).State).toBe('ROLLED_BACK');
    expect(await scene.stops()).toEqual([202]);
    expect(events(daemon, 'stop-settled')).toHaveLength(1);
    expect(JSON.stringify(events(daemon, 'stop-decided'))).toContain('checkout-renamed');
    expect(JSON.stringify(events(daemon, 'recovery-judged'))).toContain('"recovered"');

    const url = await urlOf(daemon);
    expect((await get(daemon, '/healthz')).status).toBe(200);
    expect(await scene.command('health', '--url', url)).toMatchObject({ code: 0, stderr: '' });
    const status = await scene.command('status', '--url', url, '--json');
    expect({ ...status, stdout: JSON.parse(status.stdout) }).toMatchObject({ code: 0, stdout: { watches: [] } });
    const metrics = await get(daemon, '/metrics');
    expect(metrics).toMatchObject({ status: 200 });
    expect(metrics.body).toMatch(/^appconfig_watchdog_stops_total\{[^}]*rolled-back[^}]*\} 1$/m);

    daemon.child.kill('SIGTERM');
    const { code, stderr } = await daemon.end(10_000);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Every line was a line of JSON, or this throws; the last says that it ended.
    expect(daemon.log().at(-1)).toMatchObject({ event: 'daemon-stopped' });
    expect(await scene.command('health', '--url', url)).toMatchObject({ code: 1, stdout: '' });
    await expectSound(scene);
    scene.sandbox.child.kill('SIGTERM');
    expect(await scene.sandbox.end(10_000)).toMatchObject({ code: 0, stderr: '' });
  });

  it('finishes a stop that is under way when SIGTERM comes', async () => {
    await using scene = await openScene(built, 20);
    const daemon = scene.daemon();
    await daemon.line('start', of('daemon-started'));
    const bad = await scene.shop.deploy({ flag: 'bad' });
    await daemon.line('the stop is answered', of('stop-answered'));
    const state = (await scene.shop.get(bad)).State;
    daemon.child.kill('SIGTERM');
    expect(await daemon.end(25_000)).toMatchObject({ code: 0, stderr: '' });
    // The signal came while AppConfig was still rolling back, and the daemon saw it through.
    expect(state).toBe('ROLLING_BACK');
    expect((await scene.shop.get(bad)).State).toBe('ROLLED_BACK');
    expect(events(daemon, 'stop-settled')).toHaveLength(1);
    expect(await recorded(scene, bad, 'stop-settled')).toBe(1);
    await expectSound(scene);
  });
});
