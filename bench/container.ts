/** The image and the container: what it weighs and what makes that up, start to ready, resident memory. Needs podman. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildImage, IMAGE } from '../test/container/support/image.ts';
import { demand, leavePodman, podman } from '../test/container/support/podman.ts';
import type { Report } from './support/report.ts';
import { median, ratios, spread } from './support/statistics.ts';

const ROUNDS = 7;
/** Real milliseconds after it is ready. */
const SETTLED = 4_000;
const NAMES = { sandbox: 'appconfig-watchdog-bench-sandbox', measured: 'appconfig-watchdog-bench' };
const POLICY = `version: 1
targets: [{ region: eu-west-1 }]
policies:
  - name: all
    match: { application: "*", environment: "*" }
    mode: enforce
    rules: [{ name: pager, trigger: { kind: alarm, names: [pager] } }]
`;
/** The least that can answer in the same container: it shows what Node and the container themselves take. */
const BARE = `require('node:http').createServer((_, answer) => answer.end()).listen(9464, '127.0.0.1')`;
/** Prints when the port first answers 200; runs in the same network, started before what it waits for. */
const WAITING = `(async () => {
  console.log('waiting');
  for (;;) {
    const ok = await fetch('http://127.0.0.1:9464/readyz').then((answer) => answer.ok, () => false);
    if (ok) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  console.log(performance.timeOrigin + performance.now());
})()`;

const HARDENED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

interface Sample {
  readonly start: number;
  readonly resident: number;
}

/** One by one: podman leaves all of them when it does not find one. */
async function remove(): Promise<void> {
  for (const name of Object.values(NAMES)) await podman(['rm', '--force', '--volumes', '--time', '2', name]);
}

/** One container from `podman run` to its first 200, and what it holds a little later. */
async function sample(args: readonly string[]): Promise<Sample> {
  const waiting = demand('podman', ['exec', NAMES.sandbox, 'node', '-e', WAITING]);
  // The one who waits has to be up before the clock starts.
  await delay(1_500);
  const begun = performance.timeOrigin + performance.now();
  const network = ['--network', `container:${NAMES.sandbox}`];
  await demand('podman', ['run', '--detach', '--name', NAMES.measured, ...network, ...HARDENED, ...args]);
  const start = Number((await waiting).split('\n')[1]) - begun;
  await delay(SETTLED);
  const pid = (await demand('podman', ['inspect', '--format', '{{.State.Pid}}', NAMES.measured])).trim();
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  await demand('podman', ['rm', '--force', '--volumes', '--time', '10', NAMES.measured]);
  return { start, resident: (Number(kib) * 1024) / 1e6 };
}

/** Bytes of each of these in the image, as its files count them. */
async function sizes(script: string): Promise<readonly (readonly [string, number])[]> {
  const text = await demand('podman', [
    'run',
    '--rm',
    '--user',
    '0',
    '--network',
    'none',
    '--entrypoint',
    'sh',
    IMAGE,
    '-c',
    script,
  ]);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'))
    .map(([bytes, path = '']) => [path, Number(bytes)]);
}

async function makeUp(): Promise<{ readonly total: number; readonly base: number; readonly table: string }> {
  const system =
    'du -sb /usr/local/bin/node /usr/local/lib/node_modules /app/dist/compiled; du -scb /app/dist/chunks/*.map | tail -1; du -sb /app/dist';
  const found = new Map(await sizes(system));
  const of = (path: string) => found.get(path) ?? 0;
  const total = Number(await demand('podman', ['image', 'inspect', '--format', '{{.Size}}', IMAGE]));
  const chunks = await sizes('cd /app/dist/chunks && du -sb *.js | sort -rn | head -8');
  const ours = of('/app/dist');
  const rows = [
    ['Node itself', of('/usr/local/bin/node')],
    ['npm, of the base', of('/usr/local/lib/node_modules')],
    ['the rest of the base', total - ours - of('/usr/local/bin/node') - of('/usr/local/lib/node_modules')],
    ['this program with its packages, bundled', ours - of('total') - of('/app/dist/compiled')],
    ['its source maps', of('total')],
    ['what V8 compiled of it', of('/app/dist/compiled')],
  ] as const;
  const lines = rows.map(([what, bytes]) => `| ${what} | ${megabytes(bytes)} |`);
  const biggest = chunks.map(([name, bytes]) => `${name} ${megabytes(bytes)}`).join(', ');
  const table = `| of the image | MB |\n| --- | --- |\n${lines.join('\n')}\n\nThe biggest chunks, MB: ${biggest}.`;
  return { total, base: total - ours, table };
}

export async function container(): Promise<Report> {
  await buildImage();
  await remove();
  const folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-bench-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'watchdog.yaml'), POLICY);
  const daemon: Sample[] = [];
  const bare: Sample[] = [];
  try {
    await demand('podman', ['run', '--detach', '--name', NAMES.sandbox, '--network', 'none', IMAGE, 'sandbox']);
    const keys = {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4570',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    };
    const env = Object.entries(keys).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    // The first of each warms the file cache and does not count.
    for (let round = 0; round <= ROUNDS; round++) {
      const ours = await sample(['--volume', `${folder}:/etc/appconfig-watchdog:ro`, ...env, IMAGE]);
      const theirs = await sample(['--entrypoint', JSON.stringify(['node', '-e', BARE]), IMAGE]);
      if (round > 0) daemon.push(ours);
      if (round > 0) bare.push(theirs);
    }
    const { total, base, table } = await makeUp();
    const of = (samples: readonly Sample[], key: keyof Sample) => samples.map((one) => one[key]);
    const figure = (what: string, key: keyof Sample, digits: number) => ({
      what,
      measured: spread(of(daemon, key), digits),
      beside: spread(of(bare, key), digits),
      ratio: median(ratios(of(daemon, key), of(bare, key))).toFixed(2),
    });
    return {
      title: 'Container',
      about: [
        `The image as the Dockerfile builds it, on a base made by \`scripts/container-base.sh\` (Debian's minimal system, Node, npm), run by podman with a read-only root and no capabilities, beside the sandbox in one network. Start is the time from \`podman run\` to the first 200 of /readyz, which means that AWS has answered; beside it stands a bare Node HTTP server of one line in the same image. Memory is resident memory ${SETTLED / 1_000} s later. ${ROUNDS} rounds in turn.`,
      ],
      figures: [
        {
          what: 'image, MB (beside: its base)',
          measured: megabytes(total),
          beside: megabytes(base),
          ratio: (total / base).toFixed(2),
        },
        figure('start to ready, ms', 'start', 0),
        figure('resident memory, MB', 'resident', 1),
      ],
      notes: [table],
    };
  } finally {
    await remove();
    rmSync(folder, { recursive: true, force: true });
    leavePodman();
  }
}
