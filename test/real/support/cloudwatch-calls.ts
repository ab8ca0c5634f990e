/** CloudWatch calls made by a real client: botocore in a protocol of the test's choice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface Call {
  readonly operation: string;
  readonly input: object;
}

const answer = z.union([
  z.strictObject({ output: z.record(z.string(), z.unknown()) }),
  z.strictObject({ error: z.strictObject({ Code: z.string(), Message: z.string() }), status: z.number() }),
]);
export type CallAnswer = z.infer<typeof answer>;

/** One answer for each call, in order; rejects when the client itself fails. Bounded by a minute. */
export async function callCloudWatch(
  url: string,
  protocol: 'query' | 'json',
  calls: readonly Call[],
): Promise<readonly CallAnswer[]> {
  const script = fileURLToPath(new URL('cloudwatch-calls.py', import.meta.url));
  const child = spawn('python3', [script, url, protocol], { stdio: ['pipe', 'pipe', 'inherit'], timeout: 60_000 });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(calls.map((call) => `${JSON.stringify(call)}\n`).join(''));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the botocore client ended with code ${code}`);
  const lines = Buffer.concat(chunks).toString('utf8').trim().split('\n');
  return lines.map((line) => answer.parse(JSON.parse(line)));
}
