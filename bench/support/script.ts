/** A script of the benchmarks as a process of its own: the lines it writes, and an end for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** `path` from the folder of the benchmarks. It sees PATH, HOME and what it is given. */
export function script(path: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', file, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async line(): Promise<string> {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${path} ended without a word`);
      return value;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** Where the SDK asks, and as whom. */
export function sdkEnvironment(url: string): Readonly<Record<string, string>> {
  return {
    ...{ AWS_ENDPOINT_URL: url, AWS_REGION: 'eu-west-1' },
    ...{ AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' },
  };
}
