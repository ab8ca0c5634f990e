/** A CloudWatch that answers as a test tells it to, over real HTTP in AWS JSON 1.0, and the real SDK's access to it. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import type { AccessOverride, AwsAccess, QueryReport } from '../../src/aws/access.ts';
import { awsCaller } from '../../src/aws/caller.ts';
import type { Clock } from '../../src/lib/clock.ts';

const metricStat = z.object({
  Metric: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).optional(),
  }),
  Period: z.number(),
  Stat: z.string(),
});
const wireQuery = z.object({
  Id: z.string(),
  MetricStat: metricStat.optional(),
  Expression: z.string().optional(),
  Period: z.number().optional(),
  AccountId: z.string().optional(),
});
const wireInput = z.object({
  MetricDataQueries: z.array(wireQuery).default([]),
  StartTime: z.number().default(0),
  EndTime: z.number().default(0),
  NextToken: z.string().optional(),
  AlarmNames: z.array(z.string()).optional(),
  AlarmNamePrefix: z.string().optional(),
  AlarmTypes: z.array(z.string()).optional(),
  MaxRecords: z.number().optional(),
  ResourceARN: z.string().optional(),
});
export type WireQuery = z.output<typeof wireQuery>;
export type WireInput = z.output<typeof wireInput>;

export interface WireCall {
  readonly operation: string;
  readonly region: string;
  readonly input: WireInput;
}

/** An object is answered with 200; `{ status, error }` as a modelled error; `hang` never. */
export type WireReply =
  | 'hang'
  | { readonly status: number; readonly error: string; readonly message?: string }
  | Record<string, unknown>;

export interface WireCloudWatch extends AsyncDisposable {
  readonly calls: WireCall[];
  readonly reports: QueryReport[];
  reply: (call: WireCall) => WireReply;
  access(clock: Clock): AwsAccess;
}

function send(response: ServerResponse, reply: WireReply): void {
  if (reply === 'hang') return;
  const failed = 'error' in reply && typeof reply.status === 'number';
  const body = failed ? { __type: reply.error, message: reply.message ?? 'told to fail' } : reply;
  response.writeHead(failed ? Number(reply.status) : 200, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': 'test-request',
  });
  response.end(JSON.stringify(body));
}

export async function wireCloudWatch(reply: (call: WireCall) => WireReply): Promise<WireCloudWatch> {
  const calls: WireCall[] = [];
  const reports: QueryReport[] = [];
  const clients = new Map<string, CloudWatchClient>();
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    const region = /Credential=[^/]+\/\d+\/([^/]+)/.exec(String(request.headers.authorization))?.[1] ?? '';
    const input = wireInput.parse(JSON.parse(await text(request)));
    const call: WireCall = { operation: target.split('.')[1] ?? '', region, input };
    calls.push(call);
    send(response, wire.reply(call));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: string | AddressInfo | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const clientOf = (override: AccessOverride = {}) => {
    const region = override.region ?? 'eu-west-1';
    const known = clients.get(region);
    if (known !== undefined) return known;
    const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test' };
    const made = new CloudWatchClient({ region, endpoint: `http://127.0.0.1:${port}`, credentials, maxAttempts: 1 });
    clients.set(region, made);
    return made;
  };
  const wire: WireCloudWatch = {
    calls,
    reports,
    reply,
    access: (clock) => ({
      cloudwatch: clientOf,
      caller: awsCaller({
        target: 'test',
        clock,
        timeout: 10_000,
        quotas: { GetMetricData: 1e6, DescribeAlarms: 1e6 },
      }),
      clock,
      onQueries: (report) => reports.push(report),
    }),
    async [Symbol.asyncDispose]() {
      for (const client of clients.values()) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return wire;
}

/** Answers every metric with `value(metric name, instant)` for each period of the call; expressions likewise. */
export function seriesReply(value: (name: string, at: number) => number | undefined): (call: WireCall) => WireReply {
  return ({ input }) => ({
    MetricDataResults: input.MetricDataQueries.map((query) => resultOf(query, input, value)),
  });
}

export function resultOf(
  query: WireQuery,
  input: WireInput,
  value: (name: string, at: number) => number | undefined,
): Record<string, unknown> {
  const period = query.MetricStat?.Period ?? query.Period ?? 60;
  const name = query.MetricStat?.Metric.MetricName ?? query.Expression ?? '';
  const timestamps: number[] = [];
  const values: number[] = [];
  for (let at = input.StartTime; at < input.EndTime; at += period) {
    const one = value(name, at * 1_000);
    if (one === undefined) continue;
    timestamps.push(at);
    values.push(one);
  }
  return { Id: query.Id, Label: name, Timestamps: timestamps, Values: values, StatusCode: 'Complete' };
}
