/** One environment that has a new harmful deployment whenever it is told to (`/next`), and a stopwatch on the wire. */
import { createServer, type IncomingMessage } from 'node:http';

export interface StopWatchServer {
  readonly url: string;
  /** Nanoseconds from the answer that shows the breach (its last byte handed to the system) to the DELETE, by stop. */
  readonly reactions: readonly bigint[];
  /** When the bare SDK's DELETEs arrived. */
  readonly bare: readonly bigint[];
  close(): void;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

function metrics(text: string): object {
  const { StartTime, EndTime, MetricDataQueries } = JSON.parse(text);
  const Timestamps: number[] = [];
  for (let at = StartTime; at < EndTime; at += 60) Timestamps.push(at);
  const Values = Timestamps.map(() => 50);
  const Id = MetricDataQueries[0].Id;
  return { MetricDataResults: [{ Id, Label: 'E', Timestamps, Values, StatusCode: 'Complete' }], Messages: [] };
}

export async function startAccount(): Promise<StopWatchServer> {
  const reactions: bigint[] = [];
  const bare: bigint[] = [];
  let number = 0;
  let running = false;
  let answeredAt: bigint | undefined;
  let now = 0;
  const deployment = (of: number) => ({
    ...{ ApplicationId: 'app0001', EnvironmentId: 'env0001', ConfigurationProfileId: 'pro0001', Type: 'USER' },
    ...{ DeploymentNumber: of, ConfigurationName: 'flags', ConfigurationVersion: '7', PercentageComplete: 20 },
    State: of === number && running ? 'DEPLOYING' : 'ROLLED_BACK',
    StartedAt: new Date(now - 600_000).toISOString(),
    EventLog: [],
  });
  const named = (id: string) => ({ Items: [{ Id: id, Name: id, State: 'DEPLOYING' }] });
  const answerTo = (path: readonly string[], text: string): object => {
    if (text !== '') return metrics(text);
    if (path[1] === undefined) return named('app0001');
    if (path[3] === undefined) return named('env0001');
    return path[5] === undefined ? { Items: [deployment(number)] } : deployment(Number(path[5]));
  };
  const server = createServer(async (request, response) => {
    const arrived = process.hrtime.bigint();
    const path = (request.url ?? '/').split('?')[0]?.split('/').slice(1) ?? [];
    const text = await textOf(request);
    const isStop = request.method === 'DELETE';
    if (isStop && path[1] === 'bare') bare.push(arrived);
    else if (isStop && answeredAt !== undefined) {
      reactions.push(arrived - answeredAt);
      answeredAt = undefined;
      running = false;
    }
    if (path[0] === 'next') {
      number++;
      running = true;
    }
    if (request.method === 'POST') now = JSON.parse(text).EndTime * 1_000;
    const type = request.method === 'POST' ? 'application/x-amz-json-1.0' : 'application/json';
    response.writeHead(isStop ? 202 : 200, { 'content-type': type });
    response.end(JSON.stringify(isStop ? {} : answerTo(path, text)), () => {
      if (request.method === 'POST') answeredAt = process.hrtime.bigint();
    });
  });
  server.keepAliveTimeout = 75_000;
  now = Date.UTC(2026, 10, 22, 12, 0, 0);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, reactions, bare, close: () => void server.close() };
}
