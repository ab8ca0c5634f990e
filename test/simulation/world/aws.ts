/** AWS in memory: the sandbox without its server, and the hands that set it up and deploy there, which no fault holds up. */
import { z } from 'zod';
import type { Clock } from '../../../src/lib/clock.ts';
import { type SandboxCore, sandboxCore } from '../../../src/sandbox/core.ts';
import type { DeploymentPlan, Scenario } from '../scenario/scenario.ts';

/** An environment that was set up: where it is, and by which ids. */
export interface Site {
  readonly name: string;
  readonly target: string;
  readonly account: string;
  readonly region: string;
  readonly alarm: Scenario['environments'][number]['alarm'];
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
}

/** One deployment as its owner sees it. */
const seenSchema = z.object({
  State: z.string(),
  PercentageComplete: z.number(),
  StartedAt: z.string(),
  CompletedAt: z.string().optional(),
  EventLog: z.array(z.object({ EventType: z.string(), TriggeredBy: z.string(), OccurredAt: z.string() })),
});
export type Seen = z.infer<typeof seenSchema>;

const idSchema = z.object({ Id: z.string() });
const startedSchema = z.object({ DeploymentNumber: z.number() });

export interface Aws {
  readonly core: SandboxCore;
  readonly sites: readonly Site[];
  /** Starts a deployment; its number. */
  deploy(site: Site, plan: DeploymentPlan): number;
  see(site: Site, number: number): Seen;
  /** Somebody else's StopDeployment. */
  stop(site: Site, number: number): void;
  put(site: Site, samples: readonly { readonly metric: string; readonly value: number; readonly at?: number }[]): void;
  /** Since when the site's alarm is in ALARM; undefined when it is not. */
  rings(site: Site): boolean;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export function alarmOf(environment: string): string {
  return `errors-${environment}`;
}

export function metricOf(environment: string, what: 'Rate' | 'Errors' | 'Requests'): string {
  return `${what}-${environment}`;
}

export function awsOf(scenario: Scenario, clock: Clock): Aws {
  const { aws } = scenario;
  const core = sandboxCore({
    clock,
    quotas: true,
    random: () => Math.random(),
    baking: aws.baking,
    bakingEnvironmentState: aws.bakingEnvironmentState,
    stopAnswer: aws.stopAnswer,
    rollbackDuration: aws.rollback,
    monitorInterval: 30_000,
  });
  const ask = (account: string, region: string, { method, path, headers = {}, body }: Asked): unknown => {
    const place = core.state(account, region);
    const request = {
      method,
      path,
      query: new URLSearchParams(),
      headers,
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      account,
      region,
      accessKeyId: 'OWNER',
    };
    const answer =
      headers['x-amz-target'] === undefined ? place.appconfig.handle(request) : place.cloudwatch.handle(request, []);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return answer.body === '' ? undefined : JSON.parse(answer.body);
  };
  const create = (account: string, region: string, path: string, body: object) =>
    idSchema.parse(ask(account, region, { method: 'POST', path, body })).Id;
  const putAlarm = (account: string, region: string, name: string) =>
    ask(account, region, {
      method: 'POST',
      path: '/',
      headers: {
        'x-amz-target': 'GraniteServiceVersion20100801.PutMetricAlarm',
        'content-type': 'application/x-amz-json-1.0',
      },
      body: {
        AlarmName: alarmOf(name),
        Namespace: 'Shop',
        MetricName: metricOf(name, 'Rate'),
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 2,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      },
    });

  const sites = scenario.targets.flatMap(({ name: target, account, region }): Site[] => {
    const applicationId = create(account, region, '/applications', { Name: 'shop' });
    const profileId = create(account, region, `/applications/${applicationId}/configurationprofiles`, {
      Name: 'flags',
      LocationUri: 'ssm-parameter://flags',
    });
    const inside = scenario.environments.filter((environment) => environment.target === target);
    return inside.map(({ name, alarm }) => {
      if (alarm !== 'none') putAlarm(account, region, name);
      const monitors = [{ AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${alarmOf(name)}` }];
      const environmentId = create(account, region, `/applications/${applicationId}/environments`, {
        Name: name,
        ...(alarm === 'monitor' ? { Monitors: monitors } : {}),
      });
      return { name, target, account, region, alarm, applicationId, environmentId, profileId };
    });
  });

  const pathOf = ({ applicationId, environmentId }: Site, number?: number) =>
    `/applications/${applicationId}/environments/${environmentId}/deployments${number === undefined ? '' : `/${number}`}`;
  return {
    core,
    sites,
    deploy(site, { growth, factor, minutes, bakeMinutes }) {
      const strategy = create(site.account, site.region, '/deploymentstrategies', {
        Name: 'plan',
        GrowthType: growth,
        GrowthFactor: factor,
        DeploymentDurationInMinutes: minutes,
        FinalBakeTimeInMinutes: bakeMinutes,
      });
      const body = {
        DeploymentStrategyId: strategy,
        ConfigurationProfileId: site.profileId,
        ConfigurationVersion: '1',
      };
      const started = ask(site.account, site.region, { method: 'POST', path: pathOf(site), body });
      return startedSchema.parse(started).DeploymentNumber;
    },
    see: (site, number) =>
      seenSchema.parse(ask(site.account, site.region, { method: 'GET', path: pathOf(site, number) })),
    stop(site, number) {
      ask(site.account, site.region, {
        method: 'DELETE',
        path: pathOf(site, number),
        headers: { 'allow-revert': 'true' },
      });
    },
    put(site, samples) {
      core.state(site.account, site.region).cloudwatch.put(samples.map((one) => ({ namespace: 'Shop', ...one })));
    },
    rings: (site) => core.state(site.account, site.region).cloudwatch.rings(alarmOf(site.name)),
  };
}
