/** The sandbox's CloudWatch in both protocols: one meaning, and every byte as botocore's model says. */
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drivenClock } from '../../src/lib/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { type BotocoreChecker, botocoreVersion, startBotocore, type WireQuestion } from './support/botocore.ts';
import { type Call, type CallAnswer, callCloudWatch } from './support/cloudwatch-calls.ts';
import { everyOperation } from './support/cloudwatch-script.ts';
import { describeWith } from './support/parts.ts';

const NOW = Date.parse('2026-11-22T10:00:30Z');

/** Passes requests on to the sandbox and keeps what came back, byte for byte. */
async function startRecorder(target: string) {
  const seen: Pick<WireQuestion, 'status' | 'headers' | 'body'>[] = [];
  const server = createServer((request, response) => {
    const onward = httpRequest(target, { method: request.method, path: request.url, headers: request.headers });
    onward.on('response', (answer: IncomingMessage) => {
      text(answer)
        .then((body) => {
          const headers = Object.fromEntries(
            Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
          );
          const status = answer.statusCode ?? 0;
          seen.push({ status, headers, body });
          response.writeHead(status, answer.headers).end(body);
        })
        .catch((error: Error) => response.destroy(error));
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { seen, url: urlOf(server), stop: () => new Promise((resolve) => server.close(resolve)) };
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the recorder does not listen');
  return `http://127.0.0.1:${address.port}`;
}

interface Run {
  readonly answers: readonly CallAnswer[];
  readonly wire: readonly Pick<WireQuestion, 'status' | 'headers' | 'body'>[];
}

async function run(protocol: 'query' | 'json', calls: readonly Call[]): Promise<Run> {
  await using sandbox: Sandbox = await startSandbox({ clock: drivenClock(NOW) });
  const recorder = await startRecorder(sandbox.url);
  try {
    return { answers: await callCloudWatch(recorder.url, protocol, calls), wire: recorder.seen };
  } finally {
    await recorder.stop();
  }
}

describeWith('botocore', botocoreVersion() !== undefined)('CloudWatch on the wire', () => {
  const calls = everyOperation(NOW);
  let checker: BotocoreChecker;
  let runs: Readonly<Record<'query' | 'json', Run>>;
  beforeAll(async () => {
    checker = startBotocore();
    runs = { json: await run('json', calls), query: await run('query', calls) };
  });
  afterAll(() => checker.stop());

  it.each(['json', 'query'] as const)('%s: every answer is as the model says', async (protocol) => {
    const { wire } = runs[protocol];
    expect(wire).toHaveLength(calls.length);
    const found: string[] = [];
    for (const [index, seen] of wire.entries()) {
      const operation = calls[index]?.operation ?? 'none';
      const { problems } = await checker.check({ service: 'cloudwatch', operation, protocol, ...seen });
      found.push(...problems.map((problem) => `${index} ${operation}: ${problem}`));
    }
    expect(found).toEqual([]);
  });

  it('means the same in both protocols', () => {
    const { json, query } = runs;
    expect(json.answers).toHaveLength(calls.length);
    for (const [index, call] of calls.entries()) {
      // Page tokens and times of botocore's two parsers differ in form only.
      expect(comparable(query.answers[index]), call.operation).toEqual(comparable(json.answers[index]));
    }
  });

  it('computes what the data say', () => {
    const [, data, paged, insights, empty, badId, badToken] = runs.json.answers;
    expect(valuesOf(data)).toEqual([
      ['errors', [20, 14, 3]],
      ['p50', [1, 3]],
      ['tm', [80, 50.5, 0, 100]],
      ['rate', [25, 3]],
      ['filled', [0, 20, 0, 14, 3, 0, 0, 0, 0, 0]],
      ['all', [100, 50.5, 14, 103]],
    ]);
    expect(valuesOf(paged)).toEqual([['e', [3, 3.5]]]);
    expect(valuesOf(insights)).toEqual([['q', [5, 3.5, 3]]]);
    expect(valuesOf(empty)).toEqual([['e', []]]);
    expect(badId).toMatchObject({ status: 400, error: { Code: 'ValidationError' } });
    expect(badToken).toMatchObject({ status: 400, error: { Code: 'InvalidNextToken' } });
  });
});

function valuesOf(answer: CallAnswer | undefined): unknown {
  const results = answer && 'output' in answer ? answer.output.MetricDataResults : undefined;
  if (!Array.isArray(results)) throw new Error(`no results: ${JSON.stringify(answer)}`);
  return results.map((result: { Id: string; Values?: readonly number[] }) => [result.Id, result.Values ?? []]);
}

function comparable(answer: CallAnswer | undefined): unknown {
  return JSON.parse(JSON.stringify(answer), (_, value) => (typeof value === 'string' ? sameTime(value) : value));
}

function sameTime(value: string): string {
  return /^\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)$/.test(value) ? new Date(value).toISOString() : value;
}
