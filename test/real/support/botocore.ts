/** Asks botocore's own model about wire answers: a process that runs for as long as a test file needs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { output } from './parts.ts';

/** What is asked; the script's opening comment says what is checked. */
export interface WireQuestion {
  readonly service: 'appconfig' | 'cloudwatch' | 'sts';
  readonly operation: string;
  readonly protocol: 'rest-json' | 'json' | 'query';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Members newer than the botocore that is installed, by shape: `string` or the values of an enum. */
  readonly also?: Readonly<Record<string, Readonly<Record<string, 'string' | readonly string[]>>>>;
}

const findings = z.object({ problems: z.array(z.string()), parsed: z.unknown() });
type Findings = z.infer<typeof findings>;

export interface BotocoreChecker extends AsyncDisposable {
  check(question: WireQuestion): Promise<Findings>;
  stop(): Promise<void>;
}

/** The botocore on this machine; undefined when there is none. */
export function botocoreVersion(): string | undefined {
  return output('python3', ['-c', 'import botocore; print(botocore.__version__)'])?.trim();
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

/** Answers come in the order of the questions. */
export function startBotocore(): BotocoreChecker {
  const script = fileURLToPath(new URL('botocore-check.py', import.meta.url));
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line));
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  child.on('error', fail);
  child.on('exit', (code) => fail(new Error(`the botocore checker ended with code ${code}`)));
  const stop = async () => {
    child.stdin.end();
    await ended(child);
  };
  return {
    async check(question) {
      const line = await new Promise<string>((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(question)}\n`);
      });
      return findings.parse(JSON.parse(line));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
