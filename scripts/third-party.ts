/** The packages that went into the bundle: name, version, licence, and the licence's text as it has to go along. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Each asks for no more than to be told. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'MIT-0',
]);
/** This project's, under Apache-2.0. */
const OWN = new URL('../LICENSE', import.meta.url);
const TEXTS = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
const author = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);
const manifest = z.object({ name: z.string(), version: z.string(), license: z.string(), author: author.optional() });

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** A few packages name their licence and leave out its text. */
function standardText({ name, license, author: who }: z.infer<typeof manifest>): string {
  if (who === undefined) throw new Error(`${name} holds no licence and names no author`);
  if (license === 'MIT') return `Copyright (c) ${who}\n\n${MIT}`;
  // This project is under the same one.
  if (license === 'Apache-2.0') return `Copyright ${who}\n\n${readFileSync(OWN, 'utf8').trim()}`;
  throw new Error(`${name} holds no text of its licence, ${license}`);
}

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
  return { ...found, texts: texts.length > 0 ? texts : [standardText(found)] };
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
