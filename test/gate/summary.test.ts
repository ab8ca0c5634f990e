/** The gate's last line: what fails it, and that nothing passes by not being run. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SUMMARY = join(ROOT, '.ci/summary.mjs');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const PASSES = "it('passes', () => expect(1).toBe(1));";
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-gate-'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function node(...args: readonly string[]): Promise<{ code: unknown; lines: readonly string[] }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 50_000 }, (error, stdout) =>
      resolve({ code: error === null ? 0 : error.code, lines: stdout.trimEnd().split('\n') }),
    );
  });
}

/** Runs vitest on one file of tests, and the summary on what it reported and the steps given. */
async function gate(name: string, tests: string, ...steps: readonly string[]) {
  const place = join(folder, name);
  await mkdir(place);
  await writeFile(join(place, 'one.test.ts'), `import { describe, expect, it } from 'vitest';\n${tests}\n`);
  const results = join(place, 'results.json');
  const run = await node(VITEST, 'run', '--root', place, '--reporter', 'json', '--outputFile', results);
  const { code, lines } = await node(SUMMARY, results, `test=${run.code}`, ...steps);
  return { code, last: lines.at(-1), lines };
}

describe('the gate', () => {
  it('passes when every test and every step did', async () => {
    const { code, last } = await gate('good', PASSES, 'check=0');
    expect({ code, last }).toEqual({ code: 0, last: '3 passed, 0 failed, 0 skipped' });
  });

  it.each([
    [
      'a skipped test',
      'skipped',
      `${PASSES} it.skip('rests', () => {});`,
      '2 passed, 0 failed, 1 skipped',
      'skipped: rests',
    ],
    [
      'a skipped group',
      'group',
      `${PASSES} describe.skip('group', () => { it('a', () => {}); it('b', () => {}); });`,
      '2 passed, 0 failed, 2 skipped',
      'skipped: group a',
    ],
    [
      'a test that is to be written',
      'todo',
      `${PASSES} it.todo('later');`,
      '2 passed, 0 failed, 1 skipped',
      'skipped: later',
    ],
    ['tests left out by `only`', 'only', `${PASSES} it.only('alone', () => {});`, undefined, undefined],
    [
      'a failed test',
      'failed',
      `${PASSES} it('fails', () => expect(1).toBe(2));`,
      '1 passed, 1 failed, 0 skipped',
      'failed: fails',
    ],
    ['a file that cannot be loaded', 'unloaded', `${PASSES} throw new Error('no');`, undefined, undefined],
    ['a file without tests', 'empty', '', undefined, undefined],
    [
      'an error outside the tests',
      'unhandled',
      `${PASSES} it('late', async () => { setTimeout(() => { throw new Error('late'); }); await new Promise((r) => setTimeout(r, 50)); });`,
      '2 passed, 1 failed, 0 skipped',
      undefined,
    ],
  ])('fails at %s', async (_, name, tests, expected, told) => {
    const { code, last, lines } = await gate(name, tests);
    expect(code).toBe(1);
    expect(last).toMatch(/^\d+ passed, \d+ failed, \d+ skipped$/);
    expect(last).not.toMatch(/ 0 failed, 0 skipped$/);
    if (expected !== undefined) expect(last).toBe(expected);
    if (told !== undefined) expect(lines).toContain(told);
  });

  it('fails at a step that failed', async () => {
    const { code, last, lines } = await gate('step', PASSES, 'check=2');
    expect({ code, last }).toEqual({ code: 1, last: '2 passed, 1 failed, 0 skipped' });
    expect(lines).toContain('failed: the step check=2');
  });

  it('fails when there are no results, as when the dependencies cannot be installed', async () => {
    const { code, lines } = await node(SUMMARY, join(folder, 'none.json'), 'test=1');
    expect({ code, last: lines.at(-1) }).toEqual({ code: 1, last: '0 passed, 1 failed, 0 skipped' });
  });
});
