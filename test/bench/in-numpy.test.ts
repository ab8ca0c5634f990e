/** The comparison with numpy: left out, with the reason, where numpy is missing; a comparison that fails is no reason. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { inNumpy } from '../../bench/judges/in-numpy.ts';

const folder = mkdtempSync(join(tmpdir(), 'in-numpy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(join(folder, 'python3'), { force: true }));

/** What calls itself python3 there: the first line answers the question for numpy, the second is what runs the script. */
function python(imports: string, runs = 'exit 0'): void {
  const path = join(folder, 'python3');
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = -c ]; then ${imports}; fi\n${runs}\n`);
  chmodSync(path, 0o755);
}
const asked = () => inNumpy('metric.json', 2, { PATH: folder });

test('without python3 it is left out', () => {
  expect(asked()).toEqual({ skipped: expect.stringContaining('ENOENT') });
});

test('without numpy it is left out', () => {
  python(`printf 'Traceback\\nModuleNotFoundError: No module named numpy\\n' >&2; exit 1`);
  expect(asked()).toEqual({ skipped: 'ModuleNotFoundError: No module named numpy' });
});

test('with numpy, a script that fails is no missing numpy', () => {
  python('exit 0', `echo 'ZeroDivisionError: division by zero' >&2; exit 1`);
  expect(asked).toThrow(/placebos\.py failed: ZeroDivisionError/);
});

test('with numpy, what it says is what is compared', () => {
  python('exit 0', `echo '{"seconds":[0.2],"etas":[1,0.1],"alarms":[2,3]}'`);
  expect(asked()).toEqual({ seconds: [0.2], etas: [1, 0.1], alarms: [2, 3] });
});
