/** The packages that went into the bundle: name, version, licence, and the licence's text as it has to go along. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Each asks for no more than to be told. */
const PERMISSIVE: ReadonlySet<string> = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD']);
const TEXTS = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
const manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly texts: readonly string[];
}

/** The folder of the package a module belongs to: the nearest with a name and a version. */
function folderOf(module: string): string {
  for (let folder = dirname(module); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && manifest.partial().parse(JSON.parse(readFileSync(file, 'utf8'))).version !== undefined) {
      return folder;
    }
  }
  throw new Error(`${module} belongs to no package`);
}

function bundled(folder: string): Bundled {
  const found = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  if (!PERMISSIVE.has(found.license)) throw new Error(`${found.name} is under ${found.license}: may that be shipped?`);
  const files = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile() && TEXTS.test(file.name));
  const texts = files.map((file) => readFileSync(join(folder, file.name), 'utf8').trim());
  return { ...found, texts };
}

/** `modules` are paths; those outside of node_modules are the project's own. */
export function thirdParty(modules: readonly string[]): string {
  const installed = modules.filter((module) => module.includes('/node_modules/'));
  const folders = new Set(installed.map((module) => folderOf(module.replace(/^\0/, '').replace(/\?.*$/, ''))));
  const packages = [...folders].map(bundled).sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = packages.map(({ name, version, license, texts }) =>
    [`${name}@${version} (${license})`, '', ...texts, ''].join('\n'),
  );
  const rule = `${'-'.repeat(100)}\n`;
  return ['The files beside this one hold code of these packages, under their own licences.\n', ...parts].join(rule);
}
