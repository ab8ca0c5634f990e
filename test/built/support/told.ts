/** What a running daemon tells: lines of its log, answers of its HTTP server, how it ends. */
import { z } from 'zod';
import type { LogLine, Program } from './process.ts';

const listening = z.looseObject({ url: z.string() });

export const of =
  (...events: readonly string[]) =>
  (line: LogLine) =>
    events.some((event) => line.event === event);

/** A line of an event about a deployment number. */
export const about = (event: string, number: number) => (line: LogLine) =>
  line.event === event && JSON.stringify(line).includes(`/${number}`);

export const events = (daemon: Program, event: string) => daemon.log().filter(of(event));

/** Where the daemon's HTTP server listens. */
export async function urlOf(daemon: Program): Promise<string> {
  return listening.parse(await daemon.line('HTTP', of('http-listening'))).url;
}

/** What it answers. */
export async function get(daemon: Program, path: string, within = 5_000): Promise<{ status: number; body: string }> {
  const answer = await fetch((await urlOf(daemon)) + path, { signal: AbortSignal.timeout(within) });
  return { status: answer.status, body: await answer.text() };
}

/** Ends it by SIGTERM and says how that went; fails when it takes longer than a container runtime waits. */
export async function endOf(daemon: Program): Promise<{ code: number | null; stderr: string }> {
  daemon.child.kill('SIGTERM');
  const { code, stderr } = await daemon.end(30_000);
  return { code, stderr };
}
