/** The package as it is published: packed in a copy of the project, unpacked, with production dependencies only. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
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
  /** A folder of its own for a test to write to; goes with the package. */
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

/** Builds and packs the project as it stands, in temporary folders. */
export async function packProject(): Promise<Package> {
  const top = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-built-'));
  const [copy, scratch, folder] = [join(top, 'copy'), join(top, 'scratch'), join(top, 'package')];
  for (const made of [copy, scratch]) await mkdir(made);
  const { filename, files } = await pack(copy);
  const tarball = join(copy, filename);
  await run('tar', ['-xzf', tarball, '-C', top]);
  const { version, dependencies } = manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  await linkDependencies(folder, Object.keys(dependencies));
  return {
    folder,
    main: join(folder, 'dist/main.js'),
    version,
    dependencies: Object.keys(dependencies),
    tarball,
    files: files.map(({ path }) => path),
    scratch,
    [Symbol.asyncDispose]: () => rm(top, { recursive: true, force: true }),
  };
}
