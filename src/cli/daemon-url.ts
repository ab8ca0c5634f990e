/** Asks a running daemon over HTTP. */

import { isIPv6 } from 'node:net';
import { Option } from 'commander';
import { plainText } from '../lib/text.ts';
import { CONFIG_VARIABLE, fromEnvironment, TOKEN_VARIABLE, URL_VARIABLE } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

const DEFAULT_URL = 'http://127.0.0.1:9464';

export interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

/** Why a request failed: undici hides the reason in `cause`. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** With a body it is a POST of JSON. */
function requestOf(io: CliIo, body: unknown): RequestInit {
  if (body === undefined) return {};
  const token = fromEnvironment(io, TOKEN_VARIABLE);
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return { method: 'POST', headers, body: JSON.stringify(body) };
}

/** The answer, or undefined after the failure was told on stderr and the exit code set. Waits at most `within` ms. */
export async function askDaemon(
  io: CliIo,
  base: string,
  path: string,
  { body, within = 3_000 }: { readonly body?: unknown; readonly within?: number } = {},
): Promise<Answer | undefined> {
  try {
    const response = await fetch(new URL(path, base), { ...requestOf(io, body), signal: AbortSignal.timeout(within) });
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch (error) {
    io.err(lines(plainText(`error: no answer from ${plainText(`${base}${path}`)}: ${reason(error)}`, 1_000)));
    io.exit(EXIT.failed);
    return undefined;
  }
}

/** Whom to ask at an address that is listened on: one that means every address is asked on the loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}

/** What the policy file says, when it can be read; the parser is loaded for nobody else. */
async function urlOfPolicyFile(io: CliIo, path: string): Promise<string> {
  let text: string;
  try {
    text = new TextDecoder().decode(io.readFile(path));
  } catch {
    // Another file was given to the daemon: it most likely listens where it does by default.
    return DEFAULT_URL;
  }
  const http = (await import('../policy/http.ts')).readHttp(text, io.env);
  return http === undefined || http.port === 0 ? DEFAULT_URL : `http://${reachable(http.host)}:${http.port}`;
}

/** Where the daemon listens: what the flag says, else the environment, else the policy file the environment names. */
export async function daemonUrl(io: CliIo, flag: string | undefined): Promise<string> {
  const url = flag ?? fromEnvironment(io, URL_VARIABLE);
  if (url !== undefined) return url;
  const config = fromEnvironment(io, CONFIG_VARIABLE);
  return config === undefined ? DEFAULT_URL : await urlOfPolicyFile(io, config);
}

/** The flag of the commands that ask a daemon. */
export function urlOption(about = 'where the daemon listens'): Option {
  const otherwise = `${URL_VARIABLE}, the policy file named by ${CONFIG_VARIABLE}, or ${DEFAULT_URL}`;
  return new Option('--url <url>', `${about} (default: ${otherwise})`);
}

/** What an answer says, when it is JSON. */
export function jsonOf({ text }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
