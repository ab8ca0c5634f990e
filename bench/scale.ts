/** Two thousand deploying environments in one account: calls, billed metrics, time and memory of a cycle. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { derivation, type Minimum, minimumOf } from './scale/minimum.ts';
import { FULL } from './scale/shape.ts';
import { imageEnvironment } from './support/image-environment.ts';
import { atMost, type Figure, type Report } from './support/report.ts';
import { script, sdkEnvironment } from './support/script.ts';
import { median, spread } from './support/statistics.ts';

const weight = z.object({ heap: z.number(), resident: z.number() });
const counts = z.object({
  calls: z.record(z.string(), z.number()),
  ...{ billed: z.number(), distinct: z.number(), most: z.number() },
});
const outcome = z.object({
  idle: weight,
  busy: weight,
  cycles: z.array(z.object({ ms: z.number(), asks: z.boolean(), counts })),
  pairs: z.array(z.object({ asks: z.boolean(), daemon: z.number(), bare: z.number() })),
});
type Outcome = z.infer<typeof outcome>;

async function measure(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-bench-'));
  try {
    await using account = script('scale/account.ts', [String(FULL.applications), String(FULL.environmentsEach)]);
    const url = await account.line();
    await using daemon = script('scale/daemon.ts', [url, folder, JSON.stringify(FULL)], {
      ...sdkEnvironment(url),
      ...imageEnvironment(),
    });
    return outcome.parse(JSON.parse(await daemon.line()));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Calls of a cycle against the minimum; the list of applications (every 5 minutes) aside. */
function countFigure({ cycles }: Outcome, least: Minimum, operation: string, asks: boolean): Figure {
  const seen = cycles.filter((cycle) => cycle.asks === asks).map((cycle) => cycle.counts.calls[operation] ?? 0);
  const expected = operation === 'GetMetricData' && !asks ? 0 : (least.calls[operation] ?? 0);
  const distinct = [...new Set(seen)].join(', ');
  return {
    what: `${operation} calls, cycle ${asks ? 'in which a period has settled' : 'between'}`,
    measured: distinct,
    beside: `${expected} (computed)`,
    ratio: (median(seen) / expected || 1).toFixed(2),
    bound: '= the minimum',
    holds: seen.length > 0 && seen.every((count) => count === expected),
  };
}

function billedFigure({ cycles }: Outcome, { metrics }: Minimum): Figure {
  const asking = cycles.filter(({ asks }) => asks).map((cycle) => cycle.counts);
  const quiet = cycles.filter(({ asks }) => !asks).map((cycle) => cycle.counts);
  const once = asking.every(({ billed, distinct, most }) => billed === metrics && distinct === metrics && most === 1);
  return {
    what: 'billed metrics in a period of 60 s, polled every 15 s',
    measured: [...new Set(asking.map(({ billed }) => billed))].join(', '),
    beside: `${metrics} distinct metrics`,
    ratio: (median(asking.map(({ billed }) => billed)) / metrics).toFixed(2),
    bound: '= their number',
    holds: asking.length > 0 && once && quiet.every(({ billed }) => billed === 0),
  };
}

function timeFigure({ pairs }: Outcome, asks: boolean): Figure {
  const of = pairs.filter((pair) => pair.asks === asks);
  const ratio = median(of.map(({ daemon, bare }) => daemon / bare));
  return {
    what: `time of a cycle ${asks ? 'in which a period has settled' : 'between'}, ms`,
    measured: spread(
      of.map(({ daemon }) => daemon),
      0,
    ),
    beside: spread(
      of.map(({ bare }) => bare),
      0,
    ),
    ...atMost(ratio, 1.5),
  };
}

function memoryFigure(what: string, busy: number, idle: number): Figure {
  const above = (busy - idle) / 1e6;
  return {
    what,
    measured: (busy / 1e6).toFixed(0),
    beside: `${(idle / 1e6).toFixed(0)} (idle)`,
    ratio: `+${above.toFixed(0)} MB`,
    bound: '≤ +100 MB',
    holds: above <= 100,
  };
}

export async function scale(): Promise<Report> {
  const found = await measure();
  const least = minimumOf(FULL);
  const { environments, metrics } = least;
  return {
    title: `${environments} deploying environments, ${FULL.rules} rules each`,
    about: [
      `One account of ${FULL.applications} applications with ${FULL.environmentsEach} environments each (AWS's default quotas); each deploys, under ${FULL.rules} rules of two metrics and an expression: ${metrics} distinct metrics. The server is a process of its own that answers from nothing and counts. The daemon (engine, discovery, sources, judges, journal file, log, metrics) is passed over by hand every 15 s of its clock, in turn with the bare SDK making the same calls, as many at once (16 of GetMetricData, 32 of each other operation), and parsing the answers into maps.`,
      `Quotas are lifted on both sides: with AWS's own, ${environments} GetDeployment at 80 a second take ${environments / 80} s, whoever asks, and would hide what the daemon adds. Such an account is therefore read every 30 s, which is told as \`cycle-overran\`; metrics are asked at the start of the cycle and do not wait for it, and a deployment that breaches has its read go first.`,
      'The computed minimum of a cycle:',
      derivation(FULL).join('\n'),
    ],
    figures: [
      ...['ListEnvironments', 'ListDeployments', 'GetDeployment', 'GetMetricData'].flatMap((operation) => [
        countFigure(found, least, operation, true),
        countFigure(found, least, operation, false),
      ]),
      billedFigure(found, least),
      timeFigure(found, true),
      timeFigure(found, false),
      memoryFigure('live heap after a collection, MB', found.busy.heap, found.idle.heap),
      memoryFigure('resident memory, the largest between cycles, MB', found.busy.resident, found.idle.resident),
    ],
    notes: [
      `The process has MALLOC_ARENA_MAX=${imageEnvironment().MALLOC_ARENA_MAX}, as the image sets it, for idle, busy and the bare SDK.`,
      'Idle is the same process with the same policies before anything is deployed, after it was quiet for ten seconds; busy is the most it had at the end of eight cycles without a pause. The first pass is not a cycle like the others: it lists every environment, and at 8 lists a second 2,000 take 250 s (AWS allows 10).',
    ],
  };
}
