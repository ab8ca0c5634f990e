/** Puts the tables into docs/benchmarks.md: each benchmark owns what stands between its two markers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

/** Replaces what stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; throws when the markers are not there. */
function between(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place between ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}

export function writeSection(name: string, text: string): void {
  writeFileSync(DOCUMENT, between(readFileSync(DOCUMENT, 'utf8'), name, text));
}

/** What a figure may depend on, without naming the machine. */
export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `Node ${process.version}, ${process.platform}/${process.arch}, ${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${memory} GiB`;
}
