/** Asks a running daemon over HTTP. */
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

export const DEFAULT_URL = 'http://127.0.0.1:9464';

export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

/** Why a request failed: undici hides the reason in `cause`. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** With a body it is a POST of JSON. */
function requestOf(body: unknown): RequestInit {
  if (body === undefined) return {};
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The answer, or undefined after the failure was told on stderr and the exit code set. Waits at most `within` ms. */
export async function askDaemon(
  io: CliIo,
  base: string,
  path: string,
  { body, within = 3_000 }: { readonly body?: unknown; readonly within?: number } = {},
): Promise<Answer | undefined> {
  try {
    const response = await fetch(new URL(path, base), { ...requestOf(body), signal: AbortSignal.timeout(within) });
    return { ok: response.ok, text: await response.text() };
  } catch (error) {
    io.err(lines(`error: no answer from ${base}${path}: ${reason(error)}`));
    io.exit(EXIT.failed);
    return undefined;
  }
}

/** What an answer says, when it is JSON. */
export function jsonOf({ text }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
