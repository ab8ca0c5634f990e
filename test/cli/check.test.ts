/** `check` offline: errors with exit code 2, or a summary; --live only where it was given. */
import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { runCommand } from './support/policy-io.ts';

const example = readFileSync(new URL('../../config/watchdog.yaml', import.meta.url), 'utf8');
const bad = example.replace('mode: enforce', 'mode: enforced').replace('above: 1', 'abov: 1');
const files = { 'good.yaml': example, 'bad.yaml': bad };
const run = (...args: string[]) => runCommand((io) => checkCommand(io), args, files);

it('tells what a good file watches and costs', async () => {
  const { out, err, code } = await run('good.yaml');
  expect(code).toBe(EXIT.ok);
  expect(err).toBe('');
  for (const told of ['checkout-prod', 'error-rate: cloudwatch → threshold', 'pager: trigger alarm', '120', '0.0012']) {
    expect(out).toContain(told);
  }
});

it('gives the same as JSON', async () => {
  const { out, code } = await run('--config', 'good.yaml', '--json');
  expect(code).toBe(EXIT.ok);
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    targets: ['eu-west-1'],
    policies: [{ name: 'checkout-prod', metricsAnHour: 120, stopWhen: 'any of (error-rate, pager)' }],
  });
});

it('tells every error of a bad file on stderr', async () => {
  const { out, err, code } = await run('bad.yaml');
  expect(code).toBe(EXIT.usage);
  expect(out).toBe('');
  expect(err).toContain('bad.yaml:');
  expect(err).toContain('did you mean enforce?');
  expect(err).toContain('did you mean above?');
});

it('gives errors as JSON on stdout', async () => {
  const { out, code } = await run('bad.yaml', '--json');
  expect(code).toBe(EXIT.usage);
  const told = JSON.parse(out);
  expect(told.ok).toBe(false);
  expect(told.errors[0]).toMatchObject({ file: 'bad.yaml', key: 'policies[0].mode', found: 'enforced' });
});

it('names a file that cannot be read', async () => {
  const { err, code } = await run('none.yaml');
  expect(code).toBe(EXIT.usage);
  expect(err).toContain('none.yaml');
  expect(err).toContain('ENOENT');
});

it.each([{ args: [] }, { args: ['good.yaml', '--config', 'bad.yaml'] }])(
  'wants exactly one file: $args',
  async ({ args }) => {
    const { err, code } = await run(...args);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('policy file');
  },
);

it('says so when --live has nothing to ask with', async () => {
  const { err, code } = await run('good.yaml', '--live');
  expect(code).toBe(EXIT.usage);
  expect(err).toContain('--live');
});

it('hands a good file to the live check, and never a bad one', async () => {
  const live = vi.fn(async () => EXIT.failed);
  const good = await runCommand((io) => checkCommand(io, live), ['good.yaml', '--live', '--json'], files);
  expect(good.code).toBe(EXIT.failed);
  expect(live).toHaveBeenCalledWith(expect.objectContaining({ version: 1 }), { json: true });
  await runCommand((io) => checkCommand(io, live), ['bad.yaml', '--live'], files);
  expect(live).toHaveBeenCalledTimes(1);
});
