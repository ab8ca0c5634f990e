/** The image as it is shipped, on podman: what is in it, how it lives and ends, and the sidecar of deploy/ at work. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { COMMANDS } from '../built/support/commands.ts';
import { ecsTask } from '../deploy/support/manifests.ts';
import { read } from '../docs/documents.ts';
import { describeWith, output } from '../real/support/parts.ts';
import { customerScript } from './support/customer.ts';
import { BUILD_WITHIN, buildImage, IMAGE } from './support/image.ts';
import { startPod } from './support/pod.ts';
import { demand, exitCodeOf, leavePodman, logOf, podman, until } from './support/podman.ts';

const found = ['podman', 'buildah', 'debootstrap'].every((tool) => output(tool, ['--version']) !== undefined);
const packageJson = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
/** As the documents say it is to be run. */
const HARDENED = [
  ...['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--network', 'none'],
];

/** A shell in the image. */
const shell = (script: string) => podman(['run', '--rm', ...HARDENED, '--entrypoint', 'sh', IMAGE, '-c', script]);

describeWith('podman, buildah or debootstrap', found)('the image', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-container-'));
    // The user of the container reads it.
    chmodSync(folder, 0o755);
    await buildImage();
  }, BUILD_WITHIN);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    const left = ['ps --all --format {{.Names}}', 'volume ls --format {{.Name}}'].map((words) => words.split(' '));
    const names = (await Promise.all(left.map((words) => demand('podman', words)))).join('\n').split('\n');
    leavePodman();
    expect(names.filter((name) => /^(appconfig-watchdog|checkout|watchdog)-/.test(name))).toEqual([]);
  });

  it('holds what it runs, and nothing of the development', async () => {
    const top = await shell('ls -A /app; ls -A /app/config');
    expect(top.stdout.split('\n').filter(Boolean).sort()).toEqual(
      [
        ...['LICENSE', 'config', 'dist', 'package.json'],
        ...['demo.yaml', 'notice.schema.json', 'policy.schema.json', 'watchdog.yaml'],
      ].sort(),
    );
    const left = await shell(
      "find / -xdev -name node_modules -path '/app/*'; find /app -type f -name '*.ts'; ls /app/dist",
    );
    expect(left.stdout.split('\n').filter(Boolean)).toEqual(
      [
        'THIRD-PARTY.txt',
        'calibration',
        'chunks',
        'compiled',
        'main.js',
        'main.js.map',
        'package.json',
        'sandbox',
      ].sort(),
    );
  });

  it('starts with what was compiled when it was built, by its own user and without writing', async () => {
    const listed = () => shell('find /app/dist/compiled -type f | wc -l; ls /app/dist/compiled');
    const { stdout } = await listed();
    const [files = '', folder = ''] = stdout.split('\n');
    expect(Number(files)).toBeGreaterThan(20);
    expect(folder).toMatch(/-1000$/);
    const told = await podman([
      ...['run', '--rm', ...HARDENED, '--env', 'NODE_DEBUG_NATIVE=COMPILE_CACHE', IMAGE, 'run', '--help'],
    ]);
    expect(`${told.stdout}${told.stderr}`).toMatch(/cache for CommonJS \/app\/dist\/chunks\/run\.js was accepted/);
  });

  it('says what it is', async () => {
    const inspected = JSON.parse(await demand('podman', ['image', 'inspect', IMAGE]));
    expect(inspected[0].Config).toMatchObject({
      User: '1000',
      Env: expect.arrayContaining(['NODE_ENV=production', 'MALLOC_ARENA_MAX=1']),
      ExposedPorts: { '9464/tcp': {} },
      Volumes: { '/var/lib/appconfig-watchdog': {} },
      Labels: {
        'org.opencontainers.image.title': 'appconfig-watchdog',
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.version': packageJson.version,
        'org.opencontainers.image.revision': '0123abc',
      },
    });
    const { stdout } = await podman(['run', '--rm', ...HARDENED, IMAGE, '--version']);
    expect(stdout.trim()).toBe(packageJson.version);
  });

  it('lets its user write to the volume of the journal and nowhere else', async () => {
    const places =
      '\\( -path /proc -o -path /sys -o -path /dev \\) -prune -o \\( -type d -o -type f \\) -writable -print';
    const { stdout } = await shell(`id -u; find / ${places}`);
    expect(stdout).toBe('1000\n/var/lib/appconfig-watchdog\n');
  });

  it('has every command', { timeout: 120_000 }, async () => {
    const calls = COMMANDS.map((words) => `node /app/dist/main.js ${words.join(' ')} --help | head -1`);
    const { stdout, stderr } = await shell(calls.join('\n'));
    expect(stderr).toBe('');
    expect(stdout.split('\n').filter(Boolean)).toEqual(
      COMMANDS.map((words) => expect.stringMatching(new RegExp(`^Usage: appconfig-watchdog ${words.join(' ')}\\b`))),
    );
  });

  it('ends with 2 and a sentence when its policy file is missing or wrong', async () => {
    const missing = await podman(['run', '--rm', ...HARDENED, IMAGE]);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain(
      '/etc/appconfig-watchdog/watchdog.yaml:1:1: expected a policy file that can be read',
    );
    writeFileSync(join(folder, 'watchdog.yaml'), 'version: 2\n');
    const mount = ['--volume', `${folder}:/etc/appconfig-watchdog:ro`];
    const wrong = await podman(['run', '--rm', ...HARDENED, ...mount, IMAGE]);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('/etc/appconfig-watchdog/watchdog.yaml:1:10: version: expected 1');
  });

  it('is healthy on whatever port, not when it is stuck, and ends on SIGTERM', { timeout: 120_000 }, async () => {
    const text = read('config/watchdog.yaml');
    writeFileSync(join(folder, 'watchdog.yaml'), `${text}\nhttp: { port: 9555 }\n`);
    const name = `appconfig-watchdog-health-${process.pid}`;
    const mount = ['--volume', `${folder}:/etc/appconfig-watchdog:ro`];
    const keys = ['--env', 'AWS_ACCESS_KEY_ID=none', '--env', 'AWS_SECRET_ACCESS_KEY=none'];
    const check = async () => (await podman(['healthcheck', 'run', name])).code;
    try {
      await demand('podman', ['run', '--detach', '--name', name, ...HARDENED, ...mount, ...keys, IMAGE]);
      await until('healthy', check, (code) => code === 0);
      await demand('podman', ['kill', '--signal', 'STOP', name]);
      expect(await check()).toBe(1);
      await demand('podman', ['kill', '--signal', 'CONT', name]);
      await until('healthy again', check, (code) => code === 0);
      await demand('podman', ['stop', '--time', '30', name]);
      expect(await exitCodeOf(name)).toBe(0);
      expect((await logOf(name)).at(-1)).toMatchObject({ event: 'daemon-stopped', clean: true });
    } finally {
      await podman(['rm', '--force', '--volumes', name]);
    }
  });

  it('gets its policy file on Fargate the way the task definition says', async () => {
    const { writer, policy } = ecsTask();
    const volume = `appconfig-watchdog-task-${process.pid}`;
    const mount = ['--volume', `${volume}:${writer.mountPoints[0]?.containerPath}`, '--user', writer.user];
    const env = writer.environment.flatMap(({ name, value }) => ['--env', `${name}=${value}`]);
    const start = ['run', '--rm', ...HARDENED, ...mount, ...env];
    try {
      await demand('podman', [...start, '--entrypoint', JSON.stringify(writer.entryPoint), IMAGE, ...writer.command]);
      const show = ['--entrypoint', 'sh', IMAGE, '-c', 'cat "$APPCONFIG_WATCHDOG_CONFIG"'];
      expect(await demand('podman', [...start, ...show])).toBe(policy);
    } finally {
      await podman(['volume', 'rm', '--force', volume]);
    }
  });

  it('sees a bad rollout rolled back as the sidecar of deploy/, and leaves a record', {
    timeout: 240_000,
  }, async () => {
    await using pod = await startPod();
    const { application, watchdog } = pod;
    const node = ['exec', '--interactive', '--workdir', '/app', application, 'node', '--input-type=module'];
    const customer = await customerScript();
    await until(
      'daemon',
      () => logOf(watchdog),
      (log) => log.some(({ event }) => event === 'http-listening'),
    );
    const seen = JSON.parse(await demand('podman', [...node, '-'], { input: customer, within: 180_000 }));
    expect(seen).toMatchObject({ state: 'ROLLED_BACK', percentage: 0, healthz: 200, readyz: 200 });
    expect(seen.events).toContain('ROLLBACK_STARTED by USER');

    const settled = await until(
      'stop-settled',
      () => logOf(watchdog),
      (log) => log.some(({ event }) => event === 'stop-settled'),
    );
    const told = settled.find(({ event }) => event === 'stop-settled');
    expect(told).toMatchObject({
      outcome: 'rolled-back',
      by: { kind: 'policy', policy: 'checkout-prod' },
      attempts: 1,
    });
    expect(JSON.stringify(told)).toContain('100 * errors / requests above 1');

    const healthy = async () => (await podman(['healthcheck', 'run', watchdog])).code;
    await until('healthy', healthy, (code) => code === 0);
    const ask = (...words: string[]) => podman(['exec', watchdog, 'node', '/app/dist/main.js', ...words]);
    expect(await ask('status')).toMatchObject({ code: 0, stdout: expect.stringContaining('checkout/prod') });
    expect(await ask('explain', 'checkout/prod/1')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('BREACHED'),
    });
    expect(await ask('journal', 'verify')).toMatchObject({ code: 0, stdout: expect.stringContaining('sound') });
    const security = await demand('podman', ['exec', watchdog, 'cat', '/proc/1/status']);
    expect(security).toMatch(/^Uid:\t1000\t1000/m);
    expect(security).toMatch(/^CapBnd:\t0+$/m);
    expect(security).toMatch(/^NoNewPrivs:\t1$/m);

    await demand('podman', ['stop', '--time', '30', watchdog]);
    expect(await exitCodeOf(watchdog)).toBe(0);
    expect((await logOf(watchdog)).at(-1)).toMatchObject({ event: 'daemon-stopped', clean: true });
  });
});
