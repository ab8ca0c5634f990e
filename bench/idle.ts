/** The idle daemon in its compiled form beside a bare process with both SDK clients: memory, and start to first request. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packProject } from '../test/built/support/package.ts';
import { startMeasured } from './support/process.ts';
import { atMost, type Report } from './support/report.ts';
import { median, ratios, spread } from './support/statistics.ts';

const ROUNDS = 9;
/** A start is short and varies by a third: its median takes more rounds than memory's to stand still. */
const STARTS = 40;
/** Real milliseconds after the first request: loading is over, and the daemon's HTTP listens. */
const SETTLED = 4_000;
const BARE = fileURLToPath(new URL('bare/first-request.mjs', import.meta.url));

const POLICY = `version: 1
targets: [{ region: eu-west-1 }]
poll: "*/15 * * * * *"
policies:
  - name: all
    match: { application: "*", environment: "*" }
    mode: enforce
    rules:
      - name: errors
        source: { kind: cloudwatch, period: 60s, metrics: { errors: { namespace: Shop, metric: Errors, stat: Sum } } }
        judge: { kind: threshold, above: 1, breaching: 2 of 3 }
http: { port: 0 }
`;

/** An AppConfig without applications, that tells when it is asked. */
async function emptyAppConfig() {
  let asked = () => {};
  const server = createServer((_request, response) => {
    asked();
    response.setHeader('content-type', 'application/json').end('{"Items":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    nextRequest: () =>
      new Promise<number>((resolve) => {
        asked = () => resolve(performance.now());
      }),
    close: () => server.close(),
  };
}

type Endpoint = Awaited<ReturnType<typeof emptyAppConfig>>;

/** Starts a process; resolves with the milliseconds to its first request, and with the process. */
async function started(endpoint: Endpoint, args: readonly string[]) {
  const env = {
    ...{ AWS_ENDPOINT_URL: endpoint.url, AWS_REGION: 'eu-west-1', NODE_ENV: 'production' },
    ...{ AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' },
  };
  const begun = performance.now();
  const first = endpoint.nextRequest();
  const running = startMeasured(args, env);
  return { running, start: (await first) - begun };
}

async function startOf(endpoint: Endpoint, args: readonly string[]): Promise<number> {
  const { running, start } = await started(endpoint, args);
  await running[Symbol.asyncDispose]();
  return start;
}

async function residentOf(endpoint: Endpoint, args: readonly string[]): Promise<number> {
  const { running } = await started(endpoint, args);
  await using _ = running;
  await delay(SETTLED);
  return running.resident();
}

/** So many of ours and theirs, one after the other in turn. */
async function inTurn(rounds: number, measure: (args: readonly string[]) => Promise<number>, ours: readonly string[]) {
  const daemon: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    daemon.push(await measure(ours));
    bare.push(await measure([BARE]));
  }
  return { daemon, bare };
}

export async function idle(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-bench-'));
  try {
    return await measure(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<Report> {
  await using built = await packProject(folder);
  const policy = join(built.scratch, 'idle.yaml');
  writeFileSync(policy, POLICY);
  const endpoint = await emptyAppConfig();
  const ours = [built.main, 'run', '--config', policy];
  // The first of each warms the file cache, leaves what V8 compiled of ours, and does not count.
  await inTurn(1, (args) => residentOf(endpoint, args), ours);
  const memory = await inTurn(ROUNDS, (args) => residentOf(endpoint, args), ours);
  const start = await inTurn(STARTS, (args) => startOf(endpoint, args), ours);
  endpoint.close();
  return {
    title: 'Idle daemon',
    about: [
      `The package as it is published (bundled), run on a policy file of one rule, beside a process that imports both SDK clients and sends one ListApplications. A start before them, which does not count, leaves what V8 compiled for the others, as any start does. One after the other in turn: memory is resident memory ${SETTLED / 1_000} s after the first request, in ${ROUNDS} rounds; start is the time from \`spawn\` to the first request at the server, in ${STARTS}.`,
    ],
    figures: [
      {
        what: 'resident memory, MB',
        measured: spread(memory.daemon, 1),
        beside: spread(memory.bare, 1),
        ...atMost(median(ratios(memory.daemon, memory.bare)), 1.3),
      },
      {
        what: 'start to first AWS request, ms',
        measured: spread(start.daemon, 0),
        beside: spread(start.bare, 0),
        ...atMost(median(ratios(start.daemon, start.bare)), 1.5),
      },
    ],
  };
}
