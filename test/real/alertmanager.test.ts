/** A real Alertmanager with the configuration of docs/hooks.md: what it fires and resolves arrives at a hook, authenticated. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documents } from '../docs/documents.ts';
import { hookServer } from '../http/support/hook-server.ts';
import { describeWith, output } from './support/parts.ts';

const TOKEN = 'token-of-this-test';
const PROGRAM = 'prometheus-alertmanager';
const [recipe = ''] = documents()
  .filter(({ path }) => path === 'docs/hooks.md')
  .flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'yml').map(({ text }) => text));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return address.port;
}

async function until(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  for (let at = 0; at < 400; at++) {
    if (await done()) return;
    await delay(50);
  }
  throw new Error(`not within 20 s: ${what}`);
}

describeWith(PROGRAM, output(PROGRAM, ['--version']) !== undefined)('a real Alertmanager', () => {
  const folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-alertmanager-'));
  let alertmanager: ChildProcess;
  let url = '';
  let server: Awaited<ReturnType<typeof hookServer>>;

  beforeAll(async () => {
    server = await hookServer({
      hooks: { alertmanager: { kind: 'alertmanager', auth: { kind: 'bearer', token: TOKEN } } },
    });
    const [token, file] = [join(folder, 'token'), join(folder, 'alertmanager.yml')];
    writeFileSync(token, TOKEN);
    const config = recipe
      .replace('http://watchdog.example:9464', server.url)
      .replace('/etc/alertmanager/appconfig-watchdog.token', token);
    writeFileSync(file, config);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const listen = [`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='];
    const args = [`--config.file=${file}`, `--storage.path=${folder}`, ...listen];
    alertmanager = spawn(PROGRAM, args, { stdio: 'ignore' });
    await until('Alertmanager is up', () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  });

  afterAll(async () => {
    alertmanager?.kill();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function say(more: Record<string, string>): Promise<void> {
    const alert = { labels: { alertname: 'CheckoutErrors', stops_rollout: 'true', service: 'checkout' }, ...more };
    const body = JSON.stringify([{ ...alert, annotations: { summary: 'Too many errors' } }]);
    const answer = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(200);
  }

  test('fires and resolves one alert by the configuration in docs/hooks.md', async () => {
    const startsAt = new Date(Date.now() - 5_000).toISOString();
    await say({ startsAt });
    await until('it fires', () => server.taken.length > 0);
    const [firing] = server.taken[0]?.delivery.alerts ?? [];
    expect(firing).toMatchObject({
      name: 'CheckoutErrors',
      state: 'firing',
      summary: 'Too many errors',
      since: Date.parse(startsAt),
    });
    expect(firing?.labels.service).toBe('checkout');
    await say({ startsAt, endsAt: new Date().toISOString() });
    const last = () => server.taken.at(-1)?.delivery.alerts[0];
    await until('it is over', () => last()?.state === 'resolved');
    expect(last()?.key).toBe(firing?.key);
  });

  test('is told when its token is wrong', async () => {
    server.put({ alertmanager: { kind: 'alertmanager', auth: { kind: 'bearer', token: `${TOKEN}-of-tomorrow` } } });
    await say({ startsAt: new Date().toISOString() });
    await until('it is refused', () => server.reports.some(({ outcome }) => outcome === 'not-authentic'));
  });
});
