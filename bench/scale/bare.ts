/** What the daemon is measured against: the bare SDK making the same calls, as many at once, and parsing the answers. */
import {
  AppConfigClient,
  GetDeploymentCommand,
  ListDeploymentsCommand,
  ListEnvironmentsCommand,
} from '@aws-sdk/client-appconfig';
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { applicationsOf, placesOf, policiesOf, REGION, type Shape } from './shape.ts';

/** As many connections as the daemon has. */
const handler = () => new NodeHttpHandler({ httpAgent: { keepAlive: true, maxSockets: 160 } });

/** As many calls of one operation at once as the daemon lets out (src/aws/caller.ts). */
const AT_ONCE = 32;
const METRICS_AT_ONCE = 16;

/** One after the other in each of so many lanes. */
async function inLanes<Item>(
  items: readonly Item[],
  call: (item: Item) => Promise<unknown>,
  lanes = AT_ONCE,
): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await call(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function queriesOf(shape: Shape, rulesACall: number): readonly (readonly MetricDataQuery[])[] {
  const rules = policiesOf(shape).policies.flatMap((policy) => policy.rules);
  const calls: MetricDataQuery[][] = [];
  for (const [index, { source }] of rules.entries()) {
    if (index % rulesACall === 0) calls.push([]);
    const call = calls.at(-1) ?? [];
    const ids = Object.values(source.metrics).map(({ namespace, metric, stat, dimensions }) => {
      const Dimensions = [{ Name: 'Service', Value: dimensions.Service }];
      const Id = `m${call.length}`;
      const Metric = { Namespace: namespace, MetricName: metric, Dimensions };
      call.push({ Id, MetricStat: { Metric, Period: 60, Stat: stat }, ReturnData: true });
      return Id;
    });
    call.push({ Id: `e${call.length}`, Expression: `100 * ${ids[0]} / ${ids[1]}`, ReturnData: true });
  }
  return calls;
}

export interface Bare {
  /** One cycle; `span` is what is asked of the metrics, when a period has settled. Milliseconds. */
  cycle(span: { readonly from: number; readonly to: number } | undefined): Promise<number>;
}

export function bareSdk(shape: Shape, swept: number): Bare {
  const appconfig = new AppConfigClient({ region: REGION, requestHandler: handler() });
  const cloudwatch = new CloudWatchClient({ region: REGION, requestHandler: handler() });
  const places = placesOf(shape);
  const batches = queriesOf(shape, 166);
  /** Series by query, as anyone would keep them to judge by. */
  async function metrics(batch: readonly MetricDataQuery[], from: number, to: number) {
    const { MetricDataResults = [] } = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: [...batch],
        StartTime: new Date(from),
        EndTime: new Date(to),
        ScanBy: 'TimestampAscending',
      }),
    );
    return new Map(
      MetricDataResults.map(({ Id, Timestamps = [], Values = [] }) => [
        Id,
        new Map(Timestamps.map((at, index) => [at.getTime(), Values[index]])),
      ]),
    );
  }
  return {
    async cycle(span) {
      const begun = performance.now();
      await Promise.all([
        inLanes(
          span === undefined ? [] : batches,
          (batch) => metrics(batch, span?.from ?? 0, span?.to ?? 0),
          METRICS_AT_ONCE,
        ),
        inLanes(applicationsOf(shape), (ApplicationId) =>
          appconfig.send(new ListEnvironmentsCommand({ ApplicationId, MaxResults: 50 })),
        ),
        inLanes(places, ([ApplicationId, EnvironmentId]) =>
          appconfig.send(new GetDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber: 1 })),
        ),
        inLanes(places.slice(0, swept), ([ApplicationId, EnvironmentId]) =>
          appconfig.send(new ListDeploymentsCommand({ ApplicationId, EnvironmentId, MaxResults: 10 })),
        ),
      ]);
      return performance.now() - begun;
    },
  };
}
