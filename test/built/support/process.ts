/** The program as a process of its own: what it writes, how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { z } from 'zod';

const logLine = z.looseObject({ event: z.string().optional(), level: z.string(), time: z.string(), msg: z.string() });
export type LogLine = z.infer<typeof logLine>;

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves when it has ended and all it wrote has been read; fails after `within` ms. */
  end(within?: number): Promise<Ended>;
  stdout(): string;
  /** Begins to read what was not to be read. */
  read(): void;
  /** The first line it writes; fails after 20 s or when the process ends before. */
  firstLine(): Promise<string>;
  stderr(): string;
  /** Complete lines of stdout so far, each parsed; throws at one that is no JSON line of the log. */
  log(): readonly LogLine[];
  /** The first line of the log that fits; fails after `within` ms or when the process ends before. */
  line(what: string, fits: (line: LogLine) => boolean, within?: number): Promise<LogLine>;
}

export interface ProgramOptions {
  /** Added to an environment that has a PATH and no AWS. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** False: stdout is not read, so that the caller can close it, or have it read later. */
  readonly read?: boolean;
  /** A command that starts Node in its own place, such as `prlimit --nofile=30`. */
  readonly under?: readonly string[];
}

/** URL of a file in this folder, to be loaded into a program by `--import`. */
export function supportFile(name: string): string {
  return new URL(name, import.meta.url).href;
}

/** A port nobody listens on, for a program whose log cannot be asked which one it took. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  server.close();
  await once(server, 'close');
  return address.port;
}

/** This process's environment, without what would point the SDK or the log anywhere. */
function cleanEnvironment(): Record<string, string | undefined> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|OTEL_|NODE_OPTIONS$|NODE_ENV$|VITEST|FORCE_COLOR$)/.test(name),
  );
  return Object.fromEntries(entries);
}

/** Lines of a text that grows: each is parsed once, for a log may be of megabytes and is asked for at each piece. */
function linesOf(text: () => string): () => readonly LogLine[] {
  const lines: LogLine[] = [];
  let parsed = 0;
  return () => {
    const all = text();
    for (let end = all.indexOf('\n', parsed); end >= 0; end = all.indexOf('\n', parsed)) {
      const line = all.slice(parsed, end);
      if (line !== '') lines.push(logLine.parse(JSON.parse(line)));
      parsed = end + 1;
    }
    return lines;
  };
}

/** Starts Node on a file of JavaScript or TypeScript. */
export function start(main: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const [command = process.execPath, ...rest] = [...(options.under ?? []), process.execPath, main, ...args];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  const log = linesOf(() => stdout);
  let over: Ended | undefined;
  const wake = new Set<() => void>();
  const changed = () => {
    for (const one of [...wake]) one();
  };
  const read = () => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      changed();
    });
  };
  if (options.read !== false) read();
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.once('close', (code, signal) => {
    over = { code, signal, stdout, stderr };
    changed();
  });

  /** Asks again whenever something was written or the process ended. */
  async function until<Found>(what: string, find: () => Found | undefined, within: number): Promise<Found> {
    const deadline = AbortSignal.timeout(within);
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (over !== undefined || deadline.aborted) {
        const how = over === undefined ? `not within ${within} ms` : `ended with ${over.code ?? over.signal} before`;
        throw new Error(`${what}: ${how}\nstderr: ${stderr}\nstdout, its end: ${stdout.slice(-4_000)}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      wake.add(resolve);
      deadline.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      wake.delete(resolve);
    }
  }
  return {
    child,
    end: (within = 30_000) => until('the end of the process', () => over, within),
    stdout: () => stdout,
    read,
    firstLine: () => until('the first line', () => /^(.*)\n/.exec(stdout)?.[1], 20_000),
    stderr: () => stderr,
    log,
    line: (what, fits, within = 30_000) => until(what, () => log().find(fits), within),
    async [Symbol.asyncDispose]() {
      if (over !== undefined) return;
      child.kill('SIGKILL');
      await until('the end of a killed process', () => over, 10_000);
    },
  };
}

/** Runs it to its end. */
export async function runToEnd(main: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  await using program = start(main, args, options);
  return await program.end();
}
