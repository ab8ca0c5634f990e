/** The process under measurement: the daemon with journal, log and metrics, passed over by hand, beside the bare SDK. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { handClock, startUnderTest } from '../support/daemon.ts';
import { bareSdk } from './bare.ts';
import { minimumOf } from './minimum.ts';
import { policiesOf, type Shape } from './shape.ts';

const [, , url = '', folder = '', shapeText = ''] = process.argv;
const shape: Shape = z
  .object({ applications: z.number(), environmentsEach: z.number(), rules: z.number() })
  .parse(JSON.parse(shapeText));
const counted = z.object({
  calls: z.record(z.string(), z.number()),
  billed: z.number(),
  distinct: z.number(),
  most: z.number(),
});
type Counted = z.infer<typeof counted>;

const MINUTE = 60_000;
const POLL = 15_000;
const START = Date.UTC(2026, 10, 22, 12, 0, 5);
const clock = handClock(START);

const ask = async (path: string) => (await fetch(new URL(path, url))).json();
const take = async () => counted.parse(await ask('/counts'));
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

const collected = () => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

const { daemon, settled } = startUnderTest(policiesOf(shape), folder, clock);
await settled();
for (let pass = 0; pass < 8; pass++) {
  clock.advance(POLL);
  await daemon.pass();
}
const heap = collected();
// An idle daemon is quiet: V8 has given back the pages it had kept for itself by then (after eight seconds).
await delay(10_000);
const idle = { heap, resident: resident() };

// Deployments that began twenty minutes ago.
await ask(`/deploy?at=${new Date(clock.now() - 20 * MINUTE).toISOString()}`);
clock.advance(MINUTE);
await daemon.pass();
if (daemon.state().watches.length !== minimumOf(shape).environments) throw new Error('not every deployment is watched');
clock.advance(MINUTE + 5_000 - (clock.now() % MINUTE));

interface Cycle {
  readonly ms: number;
  readonly asks: boolean;
  readonly counts: Counted;
}
async function cycle(): Promise<Cycle> {
  clock.advance(POLL);
  const begun = performance.now();
  await daemon.pass();
  const ms = performance.now() - begun;
  return { ms, asks: clock.now() % MINUTE < POLL, counts: await take() };
}

// A minute of warming up, then what is counted and weighed.
for (let poll = 0; poll < 4; poll++) await cycle();
const cycles: Cycle[] = [];
let peak = 0;
for (let poll = 0; poll < 8; poll++) {
  cycles.push(await cycle());
  peak = Math.max(peak, resident());
}
const busy = { heap: collected(), resident: peak };

// The same calls by the bare SDK in turn with the daemon's.
const bare = bareSdk(shape, minimumOf(shape).calls.ListDeployments ?? 0);
const pairs: { asks: boolean; daemon: number; bare: number }[] = [];
for (let poll = 0; poll < 32; poll++) {
  const { ms, asks } = await cycle();
  const edge = Math.floor(clock.now() / MINUTE) * MINUTE;
  const beside = await bare.cycle(asks ? { from: edge - 6 * MINUTE, to: edge } : undefined);
  await take();
  if (poll >= 4) pairs.push({ asks, daemon: ms, bare: beside });
}
process.stdout.write(`${JSON.stringify({ idle, busy, cycles, pairs })}\n`);
process.exit(0);
