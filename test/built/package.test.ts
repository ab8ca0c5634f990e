/** The package as it is published: what is in it, that it needs no more than it says, that npm installs it. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from './support/commands.ts';
import { type Package, packProject } from './support/package.ts';
import { runToEnd } from './support/process.ts';

const SOURCE = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const run = promisify(execFile);
let built: Package;

beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

/** `@scope/name` or `name` of what an import names. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

describe('the package', () => {
  it('holds the compiled program, examples and documents, and nothing else', () => {
    const others = built.files.filter((path) => !/^(dist|config|deploy|docs)\//.test(path));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    expect(built.files).toEqual(expect.arrayContaining(['dist/main.js', 'config/demo.yaml', 'config/watchdog.yaml']));
    expect(built.files.filter((path) => /(?<!\.d)\.ts$|(^|\/)(test|src)\//.test(path))).toEqual([]);
  });

  it('has a file of JavaScript for each source, and every import in it leads to one', async () => {
    const sources = await readdir(fileURLToPath(new URL('../../src', import.meta.url)), { recursive: true });
    const expected = sources.filter((name) => /(?<!\.d)\.ts$/.test(name)).map((name) => name.replace(/ts$/, 'js'));
    const all = await readdir(join(built.folder, 'dist'), { recursive: true });
    const files = all.filter((name) => name.includes('.') && !name.endsWith('.d.ts'));
    expect(files.sort()).toEqual(expected.sort());
    for (const file of files) {
      const text = await readFile(join(built.folder, 'dist', file), 'utf8');
      for (const [, to = ''] of text.matchAll(/(?:\bfrom |\bimport |\bimport\()['"](\.[^'"]+)['"]/g)) {
        await expect(stat(join(built.folder, 'dist', file, '..', to)), `${file} imports ${to}`).resolves.toBeDefined();
      }
    }
  });

  it('imports no package that is not among its dependencies, and has no dependency that it does not import', async () => {
    const wanted = new Set<string>();
    const files = (await readdir(join(built.folder, 'dist'), { recursive: true })).filter((name) => /\.js$/.test(name));
    for (const file of files) {
      const text = await readFile(join(built.folder, 'dist', file), 'utf8');
      for (const [, to = ''] of text.matchAll(/(?:\bfrom |^import |\bimport\()['"]([^.'"][^'"]*)['"]/gm)) {
        if (to.startsWith('node:'))
          expect(builtinModules.concat('node:sqlite')).toContain(to.replace(/^node:(?!sqlite)/, ''));
        else wanted.add(packageOf(to));
      }
    }
    expect([...wanted].sort()).toEqual([...built.dependencies].sort());
  });

  it.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    'has a `%s` that loads, and helps in the same words as the source',
    async (_, command) => {
      const [fromPackage, fromSource] = await Promise.all([
        runToEnd(built.main, [...command, '--help']),
        runToEnd(SOURCE, [...command, '--help']),
      ]);
      expect(fromPackage).toMatchObject({ code: 0, stderr: '', stdout: fromSource.stdout });
      expect(fromPackage.stdout).toContain('Usage: appconfig-watchdog');
    },
  );

  it('is installed by npm without development dependencies and runs as a command', { timeout: 180_000 }, async () => {
    const folder = join(built.scratch, 'installed');
    await mkdir(folder);
    const args = [
      'install',
      '--prefix',
      folder,
      '--omit=dev',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      built.tarball,
    ];
    await run('npm', args, { cwd: folder, timeout: 170_000, maxBuffer: 10_000_000 });
    const bin = join(folder, 'node_modules/.bin/appconfig-watchdog');
    expect(await runToEnd(bin, ['--version'])).toMatchObject({ code: 0, stdout: `${built.version}\n`, stderr: '' });
    const installed = await readdir(join(folder, 'node_modules'));
    expect(installed.filter((name) => /^(typescript|vitest|fast-check|knip|node|@biomejs|@swc)$/.test(name))).toEqual(
      [],
    );
    const test = `
      import { startSandbox } from 'appconfig-watchdog/sandbox';
      await using sandbox = await startSandbox({ speed: 60 });
      const answer = await fetch(sandbox.url + '/_sandbox/clock');
      console.log((await answer.json()).speed);`;
    await writeFile(join(folder, 'own.test.mjs'), test);
    expect(await runToEnd(join(folder, 'own.test.mjs'), [])).toMatchObject({ code: 0, stdout: '60\n', stderr: '' });
    const schema = await runToEnd(bin, ['schema']);
    expect(JSON.parse(schema.stdout)).toHaveProperty('properties.policies');
  });
});
