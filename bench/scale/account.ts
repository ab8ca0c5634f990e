/**
 * AppConfig and CloudWatch for the large benchmark, as a process of its own: it answers as fast as it can, from nothing,
 * so that the server's own time does not flatter the ratio, and it counts what it is asked.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { applicationsOf, environmentsOf, type Shape } from './shape.ts';

const metricData = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  MetricDataQueries: z.array(
    z.object({
      Id: z.string(),
      MetricStat: z.object({ Metric: z.unknown(), Period: z.number() }).optional(),
    }),
  ),
});

const shape: Shape = { applications: Number(process.argv[2]), environmentsEach: Number(process.argv[3]), rules: 5 };
let calls: Record<string, number> = {};
const billed = new Map<string, number>();
let startedAt: string | undefined;

function items(operation: string, list: readonly unknown[]) {
  return { operation, body: { Items: list } };
}

function page(operation: string, list: readonly unknown[], query: URLSearchParams) {
  const from = Number(query.get('next_token') ?? 0);
  const to = from + Number(query.get('max_results') ?? 50);
  return {
    operation,
    body: { Items: list.slice(from, to), ...(to < list.length ? { NextToken: String(to) } : {}) },
  };
}

function deploymentOf(application: string | undefined, environment: string | undefined) {
  return {
    ...{ ApplicationId: application, EnvironmentId: environment, ConfigurationProfileId: 'p000001' },
    ...{ DeploymentNumber: 1, ConfigurationName: 'flags', ConfigurationVersion: '7', DeploymentStrategyId: 's000001' },
    ...{ GrowthType: 'LINEAR', GrowthFactor: 10, DeploymentDurationInMinutes: 60, FinalBakeTimeInMinutes: 10 },
    ...{ State: 'DEPLOYING', PercentageComplete: 20, StartedAt: startedAt, Type: 'USER' },
    EventLog: [20, 10, 0].map((percentage) => ({
      ...{ EventType: percentage === 0 ? 'DEPLOYMENT_STARTED' : 'PERCENTAGE_UPDATED', TriggeredBy: 'APPCONFIG' },
      ...{ Description: `Deployment has reached ${percentage}.0% of the hosts`, OccurredAt: startedAt },
    })),
  };
}

function appConfig(path: string, query: URLSearchParams) {
  const [, , application, , environment, , number] = path.split('/');
  const named = (id: string) => ({ Id: id, Name: id });
  if (application === undefined) return page('ListApplications', applicationsOf(shape).map(named), query);
  if (environment === undefined) {
    const State = startedAt === undefined ? 'READY_FOR_DEPLOYMENT' : 'DEPLOYING';
    return page(
      'ListEnvironments',
      environmentsOf(shape).map((id) => ({ ...named(id), ApplicationId: application, State })),
      query,
    );
  }
  if (number !== undefined) return { operation: 'GetDeployment', body: deploymentOf(application, environment) };
  return items('ListDeployments', startedAt === undefined ? [] : [deploymentOf(application, environment)]);
}

/** Values that are new in every period and breach nothing. */
function getMetricData(text: string) {
  const { StartTime, EndTime, MetricDataQueries } = metricData.parse(JSON.parse(text));
  const timestamps: number[] = [];
  for (let at = StartTime; at < EndTime; at += 60) timestamps.push(at);
  const results = MetricDataQueries.map(({ Id, MetricStat }) => {
    if (MetricStat !== undefined) {
      const key = JSON.stringify(MetricStat.Metric);
      billed.set(key, (billed.get(key) ?? 0) + 1);
    }
    const Values = timestamps.map((at) => 1 + ((at / 60) % 37) / 8);
    return { Id, Label: Id, Timestamps: timestamps, Values, StatusCode: 'Complete' };
  });
  return { operation: 'GetMetricData', body: { MetricDataResults: results, Messages: [] } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What was counted since it was asked last. */
function counts() {
  const times = [...billed.values()];
  const counted = {
    calls,
    billed: times.reduce((sum, time) => sum + time, 0),
    distinct: billed.size,
    most: Math.max(0, ...times),
  };
  calls = {};
  billed.clear();
  return counted;
}

const server = createServer(async (request, response) => {
  const text = await textOf(request);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const answer = (body: unknown, type = 'application/json') => {
    response.writeHead(200, { 'content-type': type, 'x-amzn-requestid': 'r' }).end(JSON.stringify(body));
  };
  if (url.pathname === '/counts') return answer(counts());
  if (url.pathname === '/deploy') {
    startedAt = url.searchParams.get('at') ?? undefined;
    return answer({});
  }
  const isMetrics = request.method === 'POST';
  const { operation, body } = isMetrics ? getMetricData(text) : appConfig(url.pathname, url.searchParams);
  calls[operation] = (calls[operation] ?? 0) + 1;
  answer(body, isMetrics ? 'application/x-amz-json-1.0' : 'application/json');
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
});
