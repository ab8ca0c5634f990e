/** One environment with a new deployment whenever the bench says so, and when each DELETE arrived. */
import { createServer } from 'node:http';

export interface HookAccount {
  readonly url: string;
  /** A new deployment begins. */
  next(): void;
  /** Resolves with the moment the next DELETE arrives, in nanoseconds of the machine's monotonic clock. */
  nextStop(): Promise<bigint>;
  close(): void;
}

export async function startAccount(startedAt: number): Promise<HookAccount> {
  let number = 0;
  let running = false;
  let arrived = (_at: bigint) => {};
  const deployment = (of: number) => ({
    ...{ ApplicationId: 'app0001', EnvironmentId: 'env0001', ConfigurationProfileId: 'pro0001', Type: 'USER' },
    ...{ DeploymentNumber: of, ConfigurationName: 'flags', ConfigurationVersion: '7', PercentageComplete: 20 },
    State: of === number && running ? 'DEPLOYING' : 'ROLLED_BACK',
    StartedAt: new Date(startedAt).toISOString(),
    EventLog: [],
  });
  const named = (id: string) => ({ Items: [{ Id: id, Name: id, State: 'DEPLOYING' }] });
  const answerTo = (path: readonly string[]): object => {
    if (path[1] === undefined) return named('app0001');
    if (path[3] === undefined) return named('env0001');
    return path[5] === undefined ? { Items: number === 0 ? [] : [deployment(number)] } : deployment(Number(path[5]));
  };
  const server = createServer((request, response) => {
    const at = process.hrtime.bigint();
    const isStop = request.method === 'DELETE';
    if (isStop) {
      running = false;
      arrived(at);
    }
    const path = (request.url ?? '/').split('?')[0]?.split('/').slice(1) ?? [];
    response.writeHead(isStop ? 202 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isStop ? {} : answerTo(path)));
  });
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    next() {
      number++;
      running = true;
    },
    nextStop: () =>
      new Promise((resolve) => {
        arrived = resolve;
      }),
    close: () => void server.close(),
  };
}
