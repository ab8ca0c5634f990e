/**
 * A day of the daemon in two minutes: its own process beside a sandbox whose clock is fast, with shops that deploy all
 * the time. Prints a table of what it holds, hour by hour, and ends with 1 when that is not flat or a stop went wrong.
 *
 *     npm run soak -- [--hours 24] [--speed 600] [--leak memory|timers]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { sandboxClock } from '../../src/service/remote-clock.ts';
import { type Finding, type Hour, judgeHours } from './support/flat.ts';
import { KEYS, openStreet, REGION, type Street } from './support/shops.ts';

const HOUR = 3_600_000;
const WARM_UP = 4;
const SHOPS = 4;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here('../../src/main.ts');

const { values: flags } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    speed: { type: 'string', default: '600' },
    poll: { type: 'string', default: '0 * * * * *' },
    leak: { type: 'string' },
  },
});

const rule = (shop: string) => `      - name: errors
        source:
          kind: cloudwatch
          period: 60s
          metrics:
            errors: { namespace: Shop, metric: Errors, stat: Sum, dimensions: { Shop: ${shop} } }
            requests: { namespace: Shop, metric: Requests, stat: Sum, dimensions: { Shop: ${shop} } }
          expression: 100 * errors / requests
        judge: { kind: threshold, above: 2, breaching: 1 of 2 }
        settle: 30s
`;

const policy = (shop: string) => `  - name: ${shop}
    match: { application: "${shop}*", environment: "*" }
    mode: enforce
    verify: { for: 5m }
    rules:
${rule(shop)}`;

const policyText = (journal: string) => `version: 1
targets:
  - region: ${REGION}
poll: "${flags.poll}"
limits: { stops: 1000 }
journal: { path: "${journal}", retention: 1h }
http: { port: 0 }
policies:
${[...Array.from({ length: SHOPS }, (_, index) => `shop-${index + 1}`), 'stall'].map(policy).join('')}`;

/** What goes wrong all day long; the SDK's own retries take most of it. */
const FAULTS = [
  { kind: 'throttling', probability: 0.002 },
  { kind: 'internal-server-error', probability: 0.001 },
  { kind: 'reset', probability: 0.001 },
];

const greeting = z.object({ url: z.string() });
const logLine = z.looseObject({ event: z.string().optional(), level: z.string(), url: z.string().optional() });
const quick = z.object({
  resources: z.record(z.string(), z.number()),
  descriptors: z.number(),
  sockets: z.number(),
  resident: z.number(),
});
const whole = quick.extend({ objects: z.number(), lag: z.number() });

interface Daemon {
  readonly child: ChildProcess;
  /** Lines of the log by event. */
  readonly events: ReadonlyMap<string, number>;
  readonly stderr: () => string;
  url(): string | undefined;
  ask<Answer>(what: 'quick' | 'whole', schema: z.ZodType<Answer>): Promise<Answer>;
}

function startDaemon(url: string, config: string): Daemon {
  const preload = ['reporter', ...(flags.leak === undefined ? [] : ['leak'])];
  const imports = preload.flatMap((name) => ['--import', here(`./support/${name}.ts`)]);
  const aws = {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  };
  const child = spawn(
    process.execPath,
    ['--expose-gc', ...imports, MAIN, 'run', '--config', config, '--clock', url, '--json'],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env.PATH, ...aws, ...(flags.leak === undefined ? {} : { SOAK_LEAK: flags.leak }) },
    },
  );
  const events = new Map<string, number>();
  let listening: string | undefined;
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  if (child.stdout === null) throw new Error('the daemon has no stdout');
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = logLine.parse(JSON.parse(text));
    listening ??= line.url;
    const event = line.event ?? line.level;
    events.set(event, (events.get(event) ?? 0) + 1);
  });
  return {
    ...{ child, events, stderr: () => stderr, url: () => listening },
    async ask(what, schema) {
      child.send(what);
      const [answer] = await once(child, 'message', { signal: AbortSignal.timeout(60_000) });
      return schema.parse(answer);
    },
  };
}

async function watchesOf(daemon: Daemon): Promise<number> {
  const answer = await fetch(`${daemon.url()}/status`);
  return z.object({ watches: z.array(z.unknown()) }).parse(await answer.json()).watches.length;
}

interface Kept {
  /** The last number given to a record. */
  readonly last: number;
  readonly inUse: number;
  readonly file: number;
  readonly log: number;
}

/** What the journal holds and takes; sizes in bytes. */
function journalOf(path: string): Kept {
  using db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  const one = (sql: string) => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
  const pages = one('PRAGMA page_count') - one('PRAGMA freelist_count');
  const size = (of: string) => statSync(of, { throwIfNoEntry: false })?.size ?? 0;
  return {
    last: one('SELECT max(seq) FROM record'),
    inUse: pages * one('PRAGMA page_size'),
    file: size(path),
    log: size(`${path}-wal`),
  };
}

const sum = (counts: Readonly<Record<string, number>>, of: (name: string) => boolean) =>
  Object.entries(counts).reduce((total, [name, count]) => total + (of(name) ? count : 0), 0);
const isTimer = (name: string) => name === 'Timeout' || name === 'Immediate';

interface Place {
  readonly daemon: Daemon;
  readonly street: Street;
  readonly config: string;
  readonly journal: string;
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
}

/** Looks forty times within the hour, and once more closely at its end. */
async function anHour(place: Place, hour: number, end: number): Promise<Hour> {
  const { daemon, street, clock, journal } = place;
  const before = {
    begun: street.begun(),
    stops: daemon.events.get('stop-settled') ?? 0,
    last: journalOf(journal).last,
  };
  const looks: z.output<typeof quick>[] = [];
  while (clock.now() < end) {
    looks.push(await daemon.ask('quick', quick));
    await clock.sleep(Math.max(1, Math.min(end - clock.now(), HOUR / 40)));
  }
  const { objects, lag } = await daemon.ask('whole', whole);
  const least = (of: (look: z.output<typeof quick>) => number) => Math.min(...looks.map(of));
  const kept = journalOf(journal);
  const deployments = street.begun() - before.begun;
  return {
    hour,
    ...{
      resident: least(({ resident }) => resident) / 1e6,
      heap: objects / 1e6,
      lag,
      journal: kept.inUse / 1e3,
      journalFile: kept.file / 1e3,
      journalLog: kept.log / 1e3,
      deployments,
    },
    handles: least(({ resources }) => sum(resources, (name) => !isTimer(name))),
    timers: least(({ resources }) => sum(resources, isTimer)),
    files: least(({ descriptors, sockets }) => descriptors - sockets),
    sockets: least(({ sockets }) => sockets),
    recordsEach: (kept.last - before.last) / Math.max(1, deployments),
    watches: await watchesOf(daemon),
    stops: (daemon.events.get('stop-settled') ?? 0) - before.stops,
  };
}

const COLUMNS: readonly { readonly title: string; readonly text: (hour: Hour) => string }[] = [
  { title: 'hour', text: ({ hour }) => String(hour) },
  { title: 'resident MB', text: ({ resident }) => resident.toFixed(1) },
  { title: 'heap MB', text: ({ heap }) => heap.toFixed(2) },
  { title: 'handles', text: ({ handles }) => String(handles) },
  { title: 'timers', text: ({ timers }) => String(timers) },
  { title: 'files', text: ({ files }) => String(files) },
  { title: 'sockets', text: ({ sockets }) => String(sockets) },
  { title: 'journal kB', text: ({ journal }) => journal.toFixed(0) },
  { title: 'file kB', text: ({ journalFile }) => journalFile.toFixed(0) },
  { title: 'log kB', text: ({ journalLog }) => journalLog.toFixed(0) },
  { title: 'records each', text: ({ recordsEach }) => recordsEach.toFixed(1) },
  { title: 'lag p99 ms', text: ({ lag }) => lag.toFixed(0) },
  { title: 'watches', text: ({ watches }) => String(watches) },
  { title: 'deployments', text: ({ deployments }) => String(deployments) },
  { title: 'stops', text: ({ stops }) => String(stops) },
];

function print(cells: readonly string[]): void {
  const padded = cells.map((cell, index) => cell.padStart(COLUMNS[index]?.title.length ?? 0));
  process.stdout.write(`| ${padded.join(' | ')} |\n`);
}

/** The bad were stopped, the good were not, and nothing of it went wrong on the way. */
function outcomes({ street, daemon }: Place): readonly Finding[] {
  const wrong = street.outcomes.filter(({ flag, state }) => (flag === 'good') !== (state === 'COMPLETE'));
  const bad = street.outcomes.filter(({ flag }) => flag === 'bad').length;
  const unwanted = ['crashed', 'journal-failed', 'cycle-failed', 'policy-rejected'];
  const missed = daemon.events.get('deployment-missed') ?? 0;
  const told = unwanted.filter((event) => daemon.events.has(event));
  return [
    {
      what: 'deployments',
      flat: wrong.length === 0 && bad > 0,
      figures: `${street.outcomes.length} over, ${bad} of them bad; ended wrongly: ${JSON.stringify(wrong)}`,
    },
    {
      what: 'deployments missed',
      // Told, and not silent: forty minutes are four seconds here, which a busy machine may take from the daemon.
      flat: missed <= street.outcomes.length / 100,
      figures: `${missed} came and went unseen (at most one in a hundred: then the clock outran the machine)`,
    },
    { what: 'events that must not be', flat: told.length === 0, figures: told.join(', ') || 'none' },
    { what: 'stderr', flat: daemon.stderr() === '', figures: daemon.stderr().slice(0, 2_000) || 'nothing' },
  ];
}

async function ended(child: ChildProcess): Promise<Finding> {
  const over = once(child, 'exit', { signal: AbortSignal.timeout(30_000) });
  child.kill('SIGTERM');
  const figures = await over.then(
    ([code]) => `exit code ${code}`,
    () => 'not within 30 s of SIGTERM',
  );
  return { what: 'the end', flat: figures === 'exit code 0', figures };
}

async function verified(journal: string): Promise<Finding> {
  const child = spawn(process.execPath, [MAIN, 'journal', 'verify', journal], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return { what: 'the hash chain', flat: code === 0, figures: `journal verify ended with ${code}` };
}

async function soak(place: Place): Promise<readonly Finding[]> {
  const hours: Hour[] = [];
  const start = place.clock.now();
  print(COLUMNS.map(({ title }) => title));
  print(COLUMNS.map(({ title }) => '-'.repeat(title.length)));
  for (let hour = 1; hour <= Number(flags.hours); hour++) {
    const measured = await anHour(place, hour, start + hour * HOUR);
    hours.push(measured);
    print(COLUMNS.map(({ text }) => text(measured)));
    // A new file every hour: what a former one made must go with it.
    writeFileSync(place.config, `${policyText(place.journal)}# of hour ${hour}\n`);
  }
  await place.street.stop();
  const findings = [...judgeHours(hours, WARM_UP), ...outcomes(place)];
  const events = [...place.daemon.events].sort().map(([event, count]) => `${event} ${count}`);
  process.stdout.write(`\nevents: ${events.join(', ')}\n`);
  return [...findings, await ended(place.daemon.child), await verified(place.journal)];
}

const folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-soak-'));
const [config, journal] = [join(folder, 'watchdog.yaml'), join(folder, 'journal.sqlite')];
writeFileSync(config, policyText(journal));
const sandbox = spawn(process.execPath, [MAIN, 'sandbox', '--port', '0', '--speed', flags.speed, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let daemon: Daemon | undefined;
try {
  const [first] = await once(createInterface({ input: sandbox.stdout }), 'line');
  const { url } = greeting.parse(JSON.parse(String(first)));
  const clock = await sandboxClock(url);
  daemon = startDaemon(url, config);
  const running = daemon;
  await fetch(`${url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(FAULTS) });
  while (running.url() === undefined && running.child.exitCode === null) await clock.sleep(HOUR / 60);
  // After the daemon: a process takes a second to start, which is ten minutes of this clock.
  const street = await openStreet(url, clock, SHOPS);
  const findings = await soak({ daemon, street, config, journal, clock });
  process.stdout.write('\n');
  for (const { what, flat, figures } of findings)
    process.stdout.write(`${flat ? 'ok' : 'NOT OK'}  ${what}: ${figures}\n`);
  process.exitCode = findings.every(({ flat }) => flat) ? 0 : 1;
} finally {
  for (const child of [daemon?.child, sandbox]) child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
