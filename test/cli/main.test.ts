/** The command line as a whole, as a process: help, exit codes, what it says when it cannot do what it is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSandbox } from '../../src/sandbox/index.ts';
import { COMMANDS } from '../built/support/commands.ts';
import { type Program, type ProgramOptions, runToEnd, start } from '../built/support/process.ts';
import { policyText } from '../built/support/scene.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const run = (...args: readonly string[]) => runToEnd(MAIN, args);
const listening = z.looseObject({ url: z.string() });
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-main-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const awsAt = (url: string): ProgramOptions => ({
  env: {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'none',
  },
});

/** What a process whose stdout is not read here has written until something stands in it. */
async function readUntil({ child }: Program, what: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (what.test(text)) return text;
  }
  throw new Error(`stdout ended without ${what}: ${text}`);
}

describe('help', () => {
  it('names every command when none is given, and that is a wrong call', async () => {
    const { code, stdout, stderr } = await run();
    expect(code).toBe(2);
    for (const [command = ''] of COMMANDS) expect(stdout + stderr).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  it.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    '%s --help shows an example that calls it and documents exit codes',
    async (name, command) => {
      const { code, stdout, stderr } = await run(...command, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Examples?:$/m);
      expect(stdout).toMatch(new RegExp(`^  .*(appconfig-watchdog( |", ")${name}|npm run ${name})`, 'm'));
      expect(stdout).toMatch(/^Exit codes: 0/m);
    },
  );

  it('--version is that of the package', async () => {
    expect(await run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });
});

describe('a wrong call', () => {
  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['rum'], 'Did you mean run?'],
    [['constructor'], "unknown command 'constructor'"],
    [['run', '--nonsense'], "unknown option '--nonsense'"],
    [['run', '--config'], "option '--config <file>' argument missing"],
    [['explain'], "missing required argument 'deployment'"],
    [['journal', 'nonsense'], "unknown command 'nonsense'"],
    [['health', 'too', 'much'], 'too many arguments'],
    [['demo', '--speed', 'fast'], '--speed'],
  ])('%j ends with 2 and says why on stderr', async (args, told) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('    at ');
  });
});

describe('run', () => {
  it('ends with 2 and file, line and column of every error of the policy file', async () => {
    const broken = policyText(join(folder, 'j'))
      .replace('mode: enforce', 'mode: enforced')
      .replace('above: 1', 'abvoe: 1');
    const path = file('broken.yaml', broken);
    const { code, stdout, stderr } = await run('run', '--config', path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`${path}:8:11: `);
    expect(stderr).toContain(`${path}:19:35: `);
    expect(stderr).toContain('abvoe');
    expect(stderr).not.toContain('    at ');
  });

  it('ends with 2 when there is no policy file', async () => {
    const { code, stderr } = await run('run', '--config', join(folder, 'none.yaml'));
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(folder, 'none.yaml')}:1:1: `);
    const env = { APPCONFIG_WATCHDOG_CONFIG: join(folder, 'no-other.yaml') };
    const other = await runToEnd(MAIN, ['run'], { env });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('no-other.yaml:1:1: ') });
  });

  it('ends with 1 and a readable line when its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = z.custom<AddressInfo>((value) => value instanceof Object).parse(other.address());
    await using sandbox = await startSandbox();
    const path = file('taken.yaml', policyText(join(folder, 'taken')).replace('port: 0', `port: ${port}`));
    const ended = await runToEnd(MAIN, ['run', '--config', path, '--json'], awsAt(sandbox.url));
    await new Promise((resolve) => other.close(resolve));
    expect(ended.code).toBe(1);
    const lines = ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ event: 'start-failed', level: 'fatal' }));
    expect(ended.stdout).toMatch(new RegExp(`cannot start: .*${port}`));
    expect(ended.stderr).not.toContain('    at ');
  });

  it('ends with 1 when the clock it shall live by is not there', async () => {
    const path = file('clock.yaml', policyText(join(folder, 'clock')));
    const { code, stderr } = await run('run', '--config', path, '--clock', 'http://127.0.0.1:9');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^appconfig-watchdog: .*http:\/\/127\.0\.0\.1:9/);
    expect(stderr).not.toContain('    at ');
  });

  it('goes on when nobody reads its log any more, and still ends cleanly', async () => {
    await using sandbox = await startSandbox();
    const path = file('unread.yaml', policyText(join(folder, 'unread')).replace('*/5', '*'));
    const options = { ...awsAt(sandbox.url), read: false };
    await using daemon = start(MAIN, ['run', '--config', path, '--json'], options);
    // Leaving the loop closes the pipe, as `| head -1` would.
    const text = await readUntil(daemon, /http-listening.*\n/);
    const line = text.split('\n').find((one) => one.includes('http-listening')) ?? '';
    const { url } = listening.parse(JSON.parse(line));
    // A refused file is told in a line that nobody reads.
    for (let round = 0; round < 3; round++) {
      writeFileSync(path, `nonsense: ${round}\n`);
      daemon.child.kill('SIGHUP');
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    daemon.child.kill('SIGTERM');
    expect(await daemon.end(10_000)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('an end while it starts', () => {
  /** Sends the process a signal in the moment in which it begins to load the daemon. */
  const SIGNALLED = `import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    if (url.includes('/cli/run.')) process.kill(process.pid, 'SIGTERM');
    return next(url, context);
  },
});`;

  it('is heard before all of the daemon is loaded, and is a clean one', async () => {
    const policy = file('early.yaml', policyText(join(folder, 'early.db')));
    const hook = `--import=data:text/javascript,${encodeURIComponent(SIGNALLED)}`;
    const env = { ...awsAt('http://127.0.0.1:1').env, NODE_OPTIONS: hook };
    await using program = start(MAIN, ['run', '--config', policy], { env });
    expect(await program.end(20_000)).toMatchObject({ code: 0, signal: null });
    expect(program.log().map(({ event }) => event)).toContain('daemon-stopped');
  });
});

describe('output that nobody reads', () => {
  it.each([['--help'], ['schema'], ['sandbox', '--help']])('%s ends without a stack trace', async (...args) => {
    await using program = start(MAIN, args, { read: false });
    program.child.stdout?.destroy();
    const { stderr, signal } = await program.end(10_000);
    expect({ stderr, signal }).toEqual({ stderr: '', signal: null });
  });
});
