/** The daemon on a real terminal: one that is closed must not leave a daemon behind that acts unseen. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { policyText } from '../built/support/scene.ts';
import { describeWith } from './support/parts.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const ON_A_TERMINAL = fileURLToPath(new URL('./support/on-a-terminal.py', import.meta.url));
const python = spawnSync('python3', ['-c', 'import pty'], { timeout: 20_000 }).status === 0;

describeWith('python3', python)('run on a terminal', { timeout: 60_000 }, () => {
  it('reloads at SIGHUP while the terminal is there, and ends with code 0 when it is closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-terminal-'));
    await using sandbox = await startSandbox({ speed: 60 });
    try {
      const config = join(folder, 'watchdog.yaml');
      writeFileSync(config, policyText(join(folder, 'journal.db')));
      const env = { ...process.env, AWS_ENDPOINT_URL: sandbox.url, AWS_REGION: 'eu-west-1' };
      const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'none' };
      const command = [process.execPath, MAIN, 'run', '--config', config];
      const { stdout } = await promisify(execFile)('python3', [ON_A_TERMINAL, ...command], {
        env: { ...env, ...keys },
        timeout: 40_000,
      });
      expect(stdout).toContain('ended with code 0');
      expect(stdout).toMatch(/reloaded/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
