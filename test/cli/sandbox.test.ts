/** The command `sandbox`, as a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSandbox } from '../../src/sandbox/index.ts';

const COMMAND = fileURLToPath(new URL('../../src/cli/sandbox.ts', import.meta.url));
const greeting = z.object({ url: z.string(), speed: z.number(), environment: z.record(z.string(), z.string()) });

function sandbox(...args: string[]): ChildProcessWithoutNullStreams {
  const code = `import { sandboxCommand } from ${JSON.stringify(COMMAND)}; await sandboxCommand().parseAsync(process.argv.slice(1), { from: 'user' });`;
  return spawn(process.execPath, ['--input-type=module', '--eval', code, '--', ...args]);
}

/** Exit code, stdout and stderr, once it has ended. */
async function ended(
  child: ChildProcessWithoutNullStreams,
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [code]: unknown[] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('sandbox', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('listens until %s and ends with 0', async (signal) => {
    const child = sandbox('--port', '0', '--speed', '60', '--json');
    const [line]: unknown[] = await once(child.stdout, 'data');
    const { url, speed, environment } = greeting.parse(JSON.parse(String(line)));
    expect(speed).toBe(60);
    expect(environment).toMatchObject({ AWS_ENDPOINT_URL: url, AWS_REGION: 'us-east-1' });
    expect((await fetch(`${url}/_sandbox/clock`)).status).toBe(200);
    child.kill(signal);
    expect((await ended(child)).code).toBe(0);
  });

  it('prints what to set', async () => {
    const child = sandbox('--port', '0');
    const [text]: unknown[] = await once(child.stdout, 'data');
    expect(String(text)).toMatch(/^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+$/m);
    child.kill('SIGTERM');
    await ended(child);
  });

  it('says so when the port is taken', async () => {
    await using other = await startSandbox();
    const { port } = new URL(other.url);
    const { code, stderr } = await ended(sandbox('--port', port));
    expect(code).toBe(2);
    expect(stderr).toContain(`port ${port} is taken`);
  });

  it.each([
    [['--port', '70000'], 'expected a port'],
    [['--speed', '0'], 'above 0'],
    [['--baking', 'sometimes'], 'strict, lenient'],
    [['--host', '203.0.113.7', '--port', '0'], 'no address of this machine'],
  ])('refuses %s', async (args, told) => {
    const { code, stderr } = await ended(sandbox(...args));
    expect(code).not.toBe(0);
    expect(stderr).toContain(told);
  });
});
