/**
 * Runs many scenarios over processes: `npm run simulate -- --deployments 10000 [--from 1] [--seed n] [--jobs 2]
 * [--scenario file]`. Prints what it did, and of a run that broke a law the seed, the smallest scenario that breaks it
 * and the command that replays it. Exit code 1 when a law was broken.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { outcomeOf } from './outcome.ts';
import { draw } from './scenario/draw.ts';
import { scenarioSchema } from './scenario/scenario.ts';
import type { Report } from './worker.ts';

const { values } = parseArgs({
  options: {
    deployments: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    scenario: { type: 'string' },
    jobs: { type: 'string', default: '2' },
  },
});

const print = (text: string) => void process.stdout.write(`${text}\n`);

function whole(name: 'deployments' | 'from' | 'seed' | 'jobs', text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name}: expected a whole number, got ${text}`);
  return number;
}

const totals = new Map<string, number>();
const failed: Report[] = [];

function take(report: Report): void {
  for (const [what, count] of Object.entries(report.counts ?? {})) totals.set(what, (totals.get(what) ?? 0) + count);
  if (report.broken.length > 0) tell(report);
}

function tell(report: Report): void {
  failed.push(report);
  print(`\nseed ${report.seed} breaks ${report.broken.length} laws; again: npm run simulate -- --seed ${report.seed}`);
  for (const { law, what } of report.broken.slice(0, 10)) print(`  ${law}: ${what}`);
  if (report.shrunk === undefined) return;
  mkdirSync('test-results', { recursive: true });
  const file = `test-results/scenario-${report.seed}.json`;
  writeFileSync(file, `${JSON.stringify(report.shrunk, undefined, 1)}\n`);
  print(`  the smallest one found: npm run simulate -- --scenario ${file}`);
  print(JSON.stringify(report.shrunk));
}

async function one(scenario: ReturnType<typeof draw>): Promise<void> {
  take({ ...(await outcomeOf(scenario)), seed: scenario.seed });
}

/** Seeds one after another, a run at a time in each process, until there were enough deployments. */
async function many(): Promise<void> {
  const wanted = whole('deployments', values.deployments);
  let next = whole('from', values.from);
  const first = next;
  let toldAt = performance.now();
  const done = () => totals.get('deployments') ?? 0;
  const work = (child: ChildProcess) =>
    new Promise<void>((resolve, reject) => {
      const go = () => {
        if (done() >= wanted || failed.length >= 5) {
          child.disconnect();
          resolve();
        } else child.send(next++);
      };
      child.on('message', (report: Report) => {
        take(report);
        if (performance.now() - toldAt > 10_000) {
          toldAt = performance.now();
          print(`${done()} of ${wanted} deployments, seeds ${first} to ${next - 1}, ${failed.length} failed`);
        }
        go();
      });
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
      go();
    });
  const children = Array.from({ length: whole('jobs', values.jobs) }, () =>
    fork(new URL('./worker.ts', import.meta.url)),
  );
  await Promise.all(children.map(work));
}

const begun = performance.now();
if (values.scenario !== undefined) await one(scenarioSchema.parse(JSON.parse(readFileSync(values.scenario, 'utf8'))));
else if (values.seed !== undefined) await one(draw(whole('seed', values.seed)));
else await many();

const seconds = (performance.now() - begun) / 1_000;
const table = new Table({ head: ['what', 'count'], style: { head: [], border: [] }, colAligns: ['left', 'right'] });
for (const [what, count] of [...totals].sort(
  ([a], [b]) => Number(a.startsWith('fault')) - Number(b.startsWith('fault')),
)) {
  table.push([what, String(count)]);
}
table.push(['laws broken in runs', String(failed.length)], ['seconds', seconds.toFixed(1)]);
print(table.toString());
process.exitCode = failed.length === 0 ? 0 : 1;
