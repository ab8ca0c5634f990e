/**
 * `npm run bench`: runs every benchmark, or those that are named, and writes the tables into docs/benchmarks.md.
 * `--data DIR` gives `rollback` real series to judge.
 */
import { parseArgs } from 'node:util';
import { container } from './container.ts';
import { hooks } from './hooks.ts';
import { idle } from './idle.ts';
import { judges } from './judges.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { stops } from './stops.ts';
import { machine, writeSection } from './support/document.ts';
import { type BenchOptions, brokenOf, markdownOf, type Report } from './support/report.ts';
import { traces } from './traces.ts';

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<Report>>> = {
  scale,
  stops,
  hooks,
  idle,
  container,
  traces,
  judges,
  rollback,
};

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** True when every bound was kept. */
async function run(name: string, bench: () => Promise<Report>): Promise<boolean> {
  const begun = performance.now();
  const report = await bench();
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const text = `${markdownOf(report)}\n\n${machine()}; the measurement took ${seconds} s.`;
  say(`\n${text}`);
  writeSection(name, text);
  const broken = brokenOf(report);
  for (const { what, ratio, bound } of broken) say(`BROKEN: ${name}: ${what}: ${ratio}, and the bound is ${bound}`);
  return broken.length === 0;
}

const { positionals: named, values: options } = parseArgs({
  options: { data: { type: 'string' } },
  allowPositionals: true,
});
const unknown = named.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  say(`There is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  let kept = true;
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (named.length === 0 || named.includes(name)) kept = (await run(name, () => bench(options))) && kept;
  }
  process.exitCode = kept ? 0 : 1;
}
