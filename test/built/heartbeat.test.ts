/** The heartbeat of the built daemon: from its start over a reload and an AWS that is away to its last word. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../heartbeat/support/receiver.ts';
import { type Package, packProject } from './support/package.ts';
import { openScene, policyText } from './support/scene.ts';
import { endOf, events, get, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

const SECRET = '5b1c-a-check-nobody-may-see';
const since = (receiver: Receiver, from: number) => receiver.paths().slice(from);

it('is told, keeps its URL to itself, and ends with the daemon', { timeout: 60_000 }, async () => {
  await using receiver = await startReceiver();
  await using scene = await openScene(built, 60);
  const file = (more: string, path = '') =>
    `${policyText(scene.journal)}heartbeat: { url: "\${HC_URL}${path}", every: 10s, start: true${more} }\n`;
  scene.writePolicy(file(''));
  const daemon = scene.daemon({ env: { HC_URL: `${receiver.url}/${SECRET}` } });
  await scene.until('three beats', async () => receiver.beats.length > 3);
  expect(receiver.paths().slice(0, 3)).toEqual([`/${SECRET}/start`, `/${SECRET}`, `/${SECRET}`]);

  // A new file: another URL, and no second start. Health does not blink meanwhile.
  scene.writePolicy(file(', atEnd: fail', '/two'));
  daemon.child.kill('SIGHUP');
  const blinks: number[] = [];
  await scene.until('beats at the new URL', async () => {
    blinks.push((await get(daemon, '/healthz')).status);
    return receiver.paths().includes(`/${SECRET}/two`);
  });
  expect(new Set(blinks)).toEqual(new Set([200]));
  expect(receiver.paths().filter((path) => path.includes('start') || path.includes('fail'))).toEqual([
    `/${SECRET}/start`,
  ]);

  // AWS is away: after three minutes of the daemon's clock the beat says so; then all is well again.
  await scene.fault({ kind: 'unavailable-html', service: 'appconfig' });
  await scene.until('the beat fails', async () => receiver.paths().includes(`/${SECRET}/two/fail`));
  const why = receiver.beats.find(({ path }) => path.endsWith('/fail'))?.body;
  expect(why).toMatch(/^target eu-west-1 has not been reached for 3m/);
  await scene.clearFaults();
  const away = receiver.beats.length;
  await scene.until('beats again', async () => since(receiver, away).includes(`/${SECRET}/two`));

  // The receiver is gone: told once, and once again when it is back; the watching goes on.
  receiver.answers(...Array.from({ length: 4 }, () => 404));
  const failing = await daemon.line('it cannot be delivered', of('heartbeat-failing'));
  expect(failing).toMatchObject({ level: 'error', to: 'url', failure: { reason: 'not-found', status: 404 } });
  await daemon.line('it is delivered again', of('heartbeat-delivered'));
  expect(events(daemon, 'heartbeat-failing')).toHaveLength(1);
  expect((await get(daemon, '/metrics')).body).toMatch(/^appconfig_watchdog_heartbeat_failures_total\{to="url"\} 4$/m);

  expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
  expect(receiver.beats.at(-1)).toMatchObject({ path: `/${SECRET}/two/fail`, body: 'ended by SIGTERM' });
  const end = receiver.beats.length;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(receiver.beats).toHaveLength(end);
  expect(daemon.stdout()).not.toContain(SECRET);
});

it('stops when the daemon is killed or stands still', { timeout: 60_000 }, async () => {
  await using receiver = await startReceiver();
  await using scene = await openScene(built, 60);
  scene.writePolicy(`${policyText(scene.journal)}heartbeat: { url: "${receiver.url}", every: 10s }\n`);
  const daemon = scene.daemon();
  await scene.until('beats', async () => receiver.beats.length > 2);
  daemon.child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const still = receiver.beats.length;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(receiver.beats).toHaveLength(still);
  daemon.child.kill('SIGCONT');
  await scene.until('beats again', async () => receiver.beats.length > still + 1);
  daemon.child.kill('SIGKILL');
  await daemon.end();
  const killed = receiver.beats.length;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(receiver.beats).toHaveLength(killed);
});
