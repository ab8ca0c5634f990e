/** From the answer that shows the breach to the DELETE on the wire, beside the bare SDK's own DELETE. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startAccount } from './stops/account.ts';
import type { Report } from './support/report.ts';
import { script, sdkEnvironment } from './support/script.ts';
import { percentile } from './support/statistics.ts';

const STOPS = 1_000;
const WARM = 100;

const inMs = (nanoseconds: bigint) => Number(nanoseconds) / 1e6;

async function measure() {
  const folder = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-bench-'));
  const account = await startAccount();
  try {
    await using daemon = script('stops/daemon.ts', [folder, String(STOPS + WARM)], sdkEnvironment(account.url));
    const sent = z.array(z.string()).parse(JSON.parse(await daemon.line()));
    const bare = account.bare.map((arrived, index) => inMs(arrived - BigInt(sent[index] ?? 0)));
    const reactions = account.reactions.map(inMs);
    if (reactions.length !== STOPS + WARM || bare.length !== STOPS + WARM) throw new Error('a stop was not seen');
    return { reactions: reactions.slice(WARM), bare: bare.slice(WARM) };
  } finally {
    account.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function stops(): Promise<Report> {
  const { reactions, bare } = await measure();
  const row = (what: string, share: number) => {
    const [ours, theirs] = [percentile(reactions, share), percentile(bare, share)];
    return { what, measured: ours.toFixed(2), beside: theirs.toFixed(2), ratio: (ours / theirs).toFixed(2) };
  };
  return {
    title: 'From the breach to the stop',
    about: [
      `${STOPS} stops, after ${WARM} that warm up. Measured at the server: from the last byte of the GetMetricData answer that shows the breach to the arrival of the DELETE. In between the daemon parses, judges, decides, puts the decision and the request on disk (journal file, synced), and logs. Beside it, in turn and in the same process: the bare SDK, from \`send()\` to the arrival of its DELETE. Both sides of a pair read the machine's one monotonic clock.`,
    ],
    figures: [row('median, ms', 0.5), row('99th percentile, ms', 0.99), row('longest, ms', 1)],
    notes: ['Not in it: how long the metric store takes to have the numbers, and the poll; those are minutes.'],
  };
}
