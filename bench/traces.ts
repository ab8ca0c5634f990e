/** What the places of the spans cost while nobody traces, and what traces cost while somebody does. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Shape } from './scale/shape.ts';
import { atMost, type Report } from './support/report.ts';
import { script, sdkEnvironment } from './support/script.ts';
import { median } from './support/statistics.ts';

const SHAPE: Shape = { applications: 5, environmentsEach: 20, rules: 5 };
const ROUNDS = 9;
/** So often is done what a place of a span does while nobody traces: once is too little to be measured. */
const TIMES = 500;

const outcome = z.object({
  rounds: z.array(z.object({ off: z.number(), many: z.number(), on: z.number() })),
  ...{ spans: z.number(), notes: z.number() },
});

/** Takes whatever is sent. */
async function collector() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

async function measure() {
  const folder = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-bench-'));
  const sink = await collector();
  try {
    await using account = script('scale/account.ts', [String(SHAPE.applications), String(SHAPE.environmentsEach)]);
    const url = await account.line();
    const env = { ...sdkEnvironment(url), OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_BSP_MAX_QUEUE_SIZE: '100000' };
    const args = [url, folder, JSON.stringify(SHAPE), String(ROUNDS), String(TIMES)];
    await using daemon = script('traces/daemon.ts', args, env);
    return outcome.parse(JSON.parse(await daemon.line()));
  } finally {
    sink.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function traces(): Promise<Report> {
  const { rounds, spans, notes } = await measure();
  const off = median(rounds.map((round) => round.off));
  const on = median(rounds.map((round) => round.on));
  const places = median(rounds.map((round) => (round.many - round.off) / TIMES));
  const deployments = SHAPE.applications * SHAPE.environmentsEach;
  return {
    title: 'OpenTelemetry traces, off and on',
    about: [
      `${deployments} deploying environments under ${SHAPE.rules} rules each, as in the first benchmark; a cycle has ${Math.round(spans)} places for a span and ${Math.round(notes)} for an event. The minutes of one process take turns: not traced, traced to a collector on loopback, and not traced with everything that a place does then done ${TIMES} times more. The last of them, divided by ${TIMES}, is what the places cost; a cycle without them is computed from it.`,
    ],
    figures: [
      {
        what: 'CPU time of a cycle, nobody traces, ms',
        measured: off.toFixed(2),
        beside: `${(off - places).toFixed(2)} (without the places)`,
        ...atMost(off / (off - places), 1.01),
      },
      {
        what: 'CPU time of a cycle, traced, ms',
        measured: on.toFixed(2),
        beside: off.toFixed(2),
        ratio: (on / off).toFixed(2),
      },
    ],
    notes: [
      `By this the places of a whole cycle take ${(places * 1_000).toFixed(1)} µs; what is below some tens of them, either way, cannot be told from nothing.`,
    ],
  };
}
