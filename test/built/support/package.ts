/** The package as it is published: packed in a copy of the project, unpacked, with production dependencies only. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Whatever npm packs, it chooses from these. */
const PARTS = [
  ...['src', 'test', 'config', 'deploy', 'docs', 'scripts'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
  ...['LICENSE', 'CHANGELOG.md', 'README.md', 'Dockerfile', 'biome.json', 'vitest.config.ts'],
];
const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);
const manifest = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });

const run = promisify(execFile);

export interface Package extends AsyncDisposable {
  /** Folder the tarball was unpacked to. */
  readonly folder: string;
  /** The compiled program. */
  readonly main: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly tarball: string;
  /** What is in it. */
  readonly files: readonly string[];
  /** A folder of its own for a test file to write to; the rest is shared. */
  readonly scratch: string;
}

async function pack(folder: string): Promise<z.infer<typeof packed>[0]> {
  for (const part of PARTS) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // The build of `prepack` writes to stdout too; the list is the last thing there.
  const { stdout } = await run('npm', ['pack', '--json'], { cwd: folder, timeout: 60_000, maxBuffer: 10_000_000 });
  const [list] = packed.parse(JSON.parse(stdout.slice(stdout.search(/^\[/m))));
  return list;
}

/** Of everything that is installed here only what the package itself asks for. */
async function linkDependencies(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
}

const facts = z.object({ tarball: z.string(), files: z.array(z.string()) });
const outcome = z.union([facts, z.object({ failed: z.string() })]);

/** Builds and packs the project as it stands. */
async function make(top: string): Promise<z.infer<typeof facts>> {
  const copy = join(top, 'copy');
  await mkdir(copy);
  const { filename, files } = await pack(copy);
  const tarball = join(copy, filename);
  await run('tar', ['-xzf', tarball, '-C', top]);
  const { dependencies } = await manifestIn(top);
  await linkDependencies(join(top, 'package'), Object.keys(dependencies));
  return { tarball, files: files.map(({ path }) => path) };
}

async function manifestIn(top: string): Promise<z.infer<typeof manifest>> {
  return manifest.parse(JSON.parse(await readFile(join(top, 'package/package.json'), 'utf8')));
}

/** Says how the making ended, at once and whole: others wait for it. */
async function say(top: string, said: object): Promise<void> {
  await writeFile(join(top, 'saying'), JSON.stringify(said));
  await rename(join(top, 'saying'), join(top, 'made'));
}

/** The first test file that comes makes it, the others of the run wait. */
async function madeOnce(top: string): Promise<z.infer<typeof facts>> {
  const first = await mkdir(join(top, 'making')).then(
    () => true,
    () => false,
  );
  if (first) await say(top, await make(top).catch((error: unknown) => ({ failed: String(error) })));
  const made = join(top, 'made');
  const deadline = performance.now() + 110_000;
  while (!existsSync(made)) {
    if (performance.now() > deadline) throw new Error('the package was not made in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const said = outcome.parse(JSON.parse(await readFile(made, 'utf8')));
  if ('failed' in said) throw new Error(said.failed);
  return said;
}

/**
 * The project built and packed as it stands: once for all test files of a run, which leave it as it is. Outside of a
 * run `top` is a folder of one's own.
 */
export async function packProject(top = inject('sharedFolder')): Promise<Package> {
  const { tarball, files } = await madeOnce(top);
  const { version, dependencies } = await manifestIn(top);
  const folder = join(top, 'package');
  const scratch = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-built-'));
  return {
    folder,
    main: join(folder, 'dist/main.js'),
    version,
    dependencies: Object.keys(dependencies),
    tarball,
    files,
    scratch,
    [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }),
  };
}
