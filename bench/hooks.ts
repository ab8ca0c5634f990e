/** From an alert that is sent to the DELETE on the wire, and how many posts a second the daemon bears. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { FloodOrder, FloodResult } from '../test/http/support/flooder.ts';
import { type HookAccount, startAccount } from './hooks/account.ts';
import type { Figure, Report } from './support/report.ts';
import { script, sdkEnvironment } from './support/script.ts';
import { percentile } from './support/statistics.ts';

const STOPS = 500;
const WARM = 50;
const POSTS = 30_000;
const TOKEN = 'a-token-of-the-benchmark';
const START = Date.UTC(2026, 10, 22, 12, 0, 0);

const places = z.object({ hooks: z.string(), bare: z.string() });
const lateness = z.object({ late: z.number(), p99: z.number() });
const inMs = (nanoseconds: bigint) => Number(nanoseconds) / 1e6;

function alertOf(number: number): string {
  const labels = { alertname: 'CheckoutErrors', number: String(number), severity: 'page' };
  const startsAt = new Date(START + number * 60_000).toISOString();
  const alert = {
    status: 'firing',
    labels,
    annotations: { summary: '4.2 % fail' },
    startsAt,
    fingerprint: `f${number}`,
  };
  return JSON.stringify({ version: '4', status: 'firing', receiver: 'w', groupLabels: {}, alerts: [alert] });
}

async function post(url: string, body = ''): Promise<unknown> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
  const answer = await fetch(url, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Milliseconds from before a request is sent to the DELETE that it leads to. */
async function timed(account: HookAccount, request: () => Promise<unknown>): Promise<number> {
  const stop = account.nextStop();
  const sent = process.hrtime.bigint();
  await Promise.all([request(), stop]);
  return inMs((await stop) - sent);
}

async function reactions(account: HookAccount, at: z.infer<typeof places>) {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let number = 1; number <= STOPS + WARM; number++) {
    account.next();
    await post(`${at.bare}/find`);
    ours.push(await timed(account, () => post(`${at.hooks}/hooks/pager`, alertOf(number))));
    await post(`${at.bare}/release`);
    theirs.push(await timed(account, () => post(`${at.bare}/bare`)));
  }
  return { ours: ours.slice(WARM), theirs: theirs.slice(WARM) };
}

async function flooded(url: string, requests: readonly string[]): Promise<number> {
  const order: FloodOrder = { port: Number(new URL(url).port), posts: POSTS, connections: 50, requests };
  const worker = new Worker(new URL('../test/http/support/flooder.ts', import.meta.url), { workerData: order });
  const { promise, resolve, reject } = Promise.withResolvers<FloodResult>();
  worker.on('message', resolve).on('error', reject);
  const begun = performance.now();
  await promise.finally(() => worker.terminate());
  return POSTS / ((performance.now() - begun) / 1_000);
}

function request(path: string, body: string, headers: readonly string[] = []): string {
  const head = [`POST ${path} HTTP/1.1`, 'host: x', `content-length: ${Buffer.byteLength(body)}`, ...headers];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

async function measure() {
  const folder = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-bench-'));
  const account = await startAccount(START - 600_000);
  try {
    const args = [folder, TOKEN, String(START)];
    await using daemon = script('hooks/daemon.ts', args, sdkEnvironment(account.url));
    const at = places.parse(JSON.parse(await daemon.line()));
    const times = await reactions(account, at);
    const junk = request('/hooks/pager', alertOf(1));
    await post(`${at.bare}/lateness`);
    const bare = await flooded(at.bare, [request('/nothing', alertOf(1))]);
    await post(`${at.bare}/lateness`);
    const strangers = await flooded(at.hooks, [junk]);
    const late = lateness.parse(await post(`${at.bare}/lateness`));
    const known = await flooded(at.hooks, [request('/hooks/pager', alertOf(1), [`authorization: Bearer ${TOKEN}`])]);
    const lateKnown = lateness.parse(await post(`${at.bare}/lateness`));
    return { times, bare, strangers, known, late, lateKnown };
  } finally {
    account.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function hooks(): Promise<Report> {
  const { times, bare, strangers, known, late, lateKnown } = await measure();
  const row = (what: string, share: number): Figure => {
    const [ours, theirs] = [percentile(times.ours, share), percentile(times.theirs, share)];
    return { what, measured: ours.toFixed(2), beside: theirs.toFixed(2), ratio: (ours / theirs).toFixed(2) };
  };
  const rate = (what: string, posts: number): Figure => ({
    what,
    measured: posts.toFixed(0),
    beside: bare.toFixed(0),
    ratio: (posts / bare).toFixed(2),
  });
  const seconds = (what: string, { late: latest, p99 }: z.infer<typeof lateness>): Figure => ({
    what,
    measured: `${latest.toFixed(0)} (p99 of the loop ${p99.toFixed(0)})`,
    beside: '250 (its period)',
    ratio: (latest / 250).toFixed(2),
  });
  return {
    title: 'From an alert to the stop',
    about: [
      `${STOPS} alerts in Alertmanager's format, after ${WARM} that warm up: from before the POST is sent to the arrival of the DELETE it leads to. In between the daemon knows the sender, reads the message, puts the alert on record (journal file, synced), judges, decides, puts decision and request on record (synced as well), and calls. Beside it, in turn and in the same process: a bare HTTP server that does nothing but the SDK's StopDeployment.`,
      `Then ${POSTS} posts as fast as they are answered, over 50 connections: of strangers, and of a sender who is known and sends the same alert again and again. Beside them the bare server answering 401 to the same bytes. A timer of 250 ms in the daemon's process tells how late its schedule is meanwhile.`,
    ],
    figures: [
      row('alert to DELETE, median, ms', 0.5),
      row('alert to DELETE, 99th percentile, ms', 0.99),
      rate('posts of strangers a second', strangers),
      rate('posts of a known sender a second', known),
      seconds('latest tick while strangers post, ms', late),
      seconds('latest tick while a known sender posts, ms', lateKnown),
    ],
  };
}
