/** The package as it is published: what is in it, that it needs no more than it says, that npm installs it. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sourceStack } from '../../src/cli/source-stack.ts';
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

/** Named in texts: of errors (the SDK's optional signers) and of code that is generated ahead of time, which none is. */
const UNCALLED = [
  ...['@aws-sdk/signature-v4-crt', '@aws-sdk/signature-v4a'],
  ...['ajv', 'ajv-formats', 'fast-json-stringify'],
];

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
    expect(built.files.filter((path) => /(?<!\.d)\.ts$|(^|\/)(test|src)\/|^dist\/compiled/.test(path))).toEqual([]);
  });

  it('is a bundle in which every import leads to a file of it or to Node', async () => {
    const files = built.files.filter((path) => /^dist\/.*\.js$/.test(path));
    expect(files).toEqual(expect.arrayContaining(['dist/main.js', 'dist/sandbox/index.js', 'dist/chunks/run.js']));
    const wanted = new Set<string>();
    for (const file of files) {
      const text = await readFile(join(built.folder, file), 'utf8');
      for (const [, to = ''] of text.matchAll(/\brequire\(\s*["'`]([^"'`]+)["'`]\s*\)/g)) {
        if (!to.startsWith('.')) wanted.add(to.replace(/^node:(?!sqlite)/, ''));
        else await expect(stat(join(built.folder, file, '..', to)), `${file} wants ${to}`).resolves.toBeDefined();
      }
      expect(text, `${file} holds an import`).not.toMatch(/\bimport\(/);
    }
    const others = [...wanted].filter((name) => !builtinModules.concat('node:sqlite').includes(name)).map(packageOf);
    expect([...new Set(others)].sort()).toEqual(UNCALLED);
    expect(wanted).toContain('https');
  });

  it('has the dependencies that its declarations name, and no other', async () => {
    const wanted = new Set<string>();
    for (const file of built.files.filter((path) => path.endsWith('.d.ts'))) {
      const text = await readFile(join(built.folder, file), 'utf8');
      for (const [, to = ''] of text.matchAll(/(?:\bfrom |^import |\bimport\()['"]([^.'"][^'"]*)['"]/gm)) {
        if (!to.startsWith('node:')) wanted.add(packageOf(to));
      }
    }
    expect([...wanted].sort()).toEqual([...built.dependencies].sort());
  });

  it('tells the licence of every package that went into it, and none is a tool', async () => {
    const text = await readFile(join(built.folder, 'dist/THIRD-PARTY.txt'), 'utf8');
    const parts = text.split(/^-{100}\n/m).slice(1);
    const names = parts.map((part) => /^(\S+)@\d\S* \(\S+\)\n/.exec(part)?.[1] ?? part);
    expect(names).toEqual(expect.arrayContaining(['@aws-sdk/client-appconfig', 'fastify', 'pino', 'yaml', 'zod']));
    expect(
      names.filter((name) => /^(typescript|vitest|fast-check|knip|node$|rolldown|@biomejs|@swc)/.test(name)),
    ).toEqual([]);
    for (const part of parts) expect(part).toMatch(/copyright|apache license|permission is hereby granted/i);
    const maps = built.files.filter((path) => path.endsWith('.js.map'));
    const sources = z.object({ sources: z.array(z.string()) });
    for (const map of maps) {
      const { sources: from } = sources.parse(JSON.parse(await readFile(join(built.folder, map), 'utf8')));
      for (const source of from) {
        const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(source) ?? [];
        if (name !== undefined) expect(names, source).toContain(name);
      }
    }
  });

  it('leads from a stack trace to the line of the source', async () => {
    const broken = join(built.scratch, 'broken.cjs');
    const main = join(built.folder, 'dist/sandbox/index.js');
    const script = `require(${JSON.stringify(main)}).startSandbox({ port: -1 }).catch((error) => console.log(error.stack))`;
    await writeFile(broken, script);
    const { stdout } = await runToEnd(broken, []);
    expect(stdout).toMatch(/dist\/chunks\/\S+\.js:\d+:\d+/);
    const [, file = '', line = ''] = /\(?(src\/sandbox\/server\.ts):(\d+):\d+/.exec(sourceStack(stdout)) ?? [];
    const source = await readFile(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
    expect(source.split('\n')[Number(line) - 1]).toContain('.listen(');
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
    const own = join(folder, 'node_modules/appconfig-watchdog');
    expect(await readdir(join(own, 'dist/compiled')), 'what was compiled is kept').toHaveLength(1);
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
