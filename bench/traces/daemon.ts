/** The daemon of the large benchmark, small, its minutes in turn: not traced, not traced many times over, traced. */
import { z } from 'zod';
import { NO_TRACE, type Tracer } from '../../src/lib/trace.ts';
import { tracingAsked } from '../../src/tracing/environment.ts';
import { openTracer } from '../../src/tracing/open.ts';
import { policiesOf, type Shape } from '../scale/shape.ts';
import { handClock, startUnderTest } from '../support/daemon.ts';

const [, , url = '', folder = '', shapeText = '', minutesText = '', timesText = ''] = process.argv;
const shape: Shape = z
  .object({ applications: z.number(), environmentsEach: z.number(), rules: z.number() })
  .parse(JSON.parse(shapeText));
const times = Number(timesText);
const POLL = 15_000;
const MINUTE = 60_000;

const nothing = async () => {};
let spans = 0;
let notes = 0;

/** Does so often what the tracer that makes nothing does, beside the work. */
const manyTimes: Tracer = {
  span(name, about, work) {
    spans++;
    for (let time = 0; time < times; time++)
      void NO_TRACE.span(
        name,
        () => about(),
        () => nothing(),
      );
    return work();
  },
  note(name, about) {
    notes++;
    for (let time = 0; time < times; time++) NO_TRACE.note(name, () => about());
  },
  add: () => {},
};

const asked = tracingAsked(process.env);
if (asked.kind !== 'on') throw new Error('traces have to be asked for');
const { tracer } = await openTracer({
  ...{ plan: asked.plan, version: 'bench', hide: (text: string) => text },
  onDelivery: (delivery) => {
    throw new Error(`spans were not delivered: ${JSON.stringify(delivery)}`);
  },
});

let current: Tracer = NO_TRACE;
const switched: Tracer = {
  span: (name, about, work, client) => current.span(name, about, work, client),
  note: (name, about) => current.note(name, about),
  add: (about) => current.add(about),
};
const clock = handClock(Date.UTC(2026, 10, 22, 12, 0, 5));
const { daemon, settled } = startUnderTest(policiesOf(shape), folder, clock, switched);
await settled();
await (await fetch(new URL(`/deploy?at=${new Date(clock.now() - 20 * MINUTE).toISOString()}`, url))).text();
clock.advance(MINUTE);
await daemon.pass();

/** CPU milliseconds of a cycle, over one in which a period has settled and three between; other processes do not count. */
async function minute(with_: Tracer): Promise<number> {
  current = with_;
  globalThis.gc?.();
  const begun = process.cpuUsage();
  for (let poll = 0; poll < MINUTE / POLL; poll++) {
    clock.advance(POLL);
    await daemon.pass();
  }
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000 / (MINUTE / POLL);
}

for (let warm = 0; warm < 3; warm++) for (const one of [NO_TRACE, manyTimes, tracer]) await minute(one);
[spans, notes] = [0, 0];
const rounds: { readonly off: number; readonly many: number; readonly on: number }[] = [];
for (let round = 0; round < Number(minutesText); round++) {
  rounds.push({ off: await minute(NO_TRACE), many: await minute(manyTimes), on: await minute(tracer) });
}
const cycles = rounds.length * (MINUTE / POLL);
process.stdout.write(`${JSON.stringify({ rounds, spans: spans / cycles, notes: notes / cycles })}\n`);
process.exit(0);
