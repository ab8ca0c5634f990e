/** What stands around the daemon in the tests of the built form: a sandbox process, and a shop that is a customer of it. */
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { openShop, type Shop } from '../../../src/demo/shop.ts';
import { type Sample, startTraffic } from '../../../src/demo/traffic.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { sandboxClock } from '../../../src/service/remote-clock.ts';
import type { Package } from './package.ts';
import { type Ended, type Program, runToEnd, start } from './process.ts';

const REGION = 'eu-west-1';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' };
const greeting = z.object({ url: z.string() });
const seen = z.object({ requests: z.array(z.object({ operation: z.string(), status: z.number() })) });

export interface Scene extends AsyncDisposable {
  readonly sandbox: Program;
  readonly url: string;
  readonly shop: Shop;
  readonly clock: Clock;
  /** Folder with policy file and journal. */
  readonly policyFile: string;
  readonly journal: string;
  /** Starts the daemon on the policy file. */
  daemon(): Program;
  /** Runs another command of the built form in the same environment. */
  command(...args: readonly string[]): Promise<Ended>;
  writePolicy(text: string): void;
  fault(rule: object): Promise<void>;
  /** Statuses of the answers to every StopDeployment so far. */
  stops(): Promise<readonly number[]>;
  /** Polls until it holds; fails after `within` real ms. */
  until(what: string, holds: () => Promise<boolean>, within?: number): Promise<void>;
}

/** The policy of the shop; `name` tells versions of the file apart. */
export function policyText(journal: string, name = 'checkout-prod'): string {
  return `version: 1
targets:
  - region: ${REGION}
poll: "*/5 * * * * *"
policies:
  - name: ${name}
    match: { application: checkout, environment: prod }
    mode: enforce
    verify: { for: 5m }
    rules:
      - name: error-rate
        source:
          kind: cloudwatch
          period: 60s
          metrics:
            errors: { namespace: Shop, metric: Errors, stat: Sum, dimensions: { Service: checkout } }
            requests: { namespace: Shop, metric: Requests, stat: Sum, dimensions: { Service: checkout } }
          expression: 100 * errors / requests
        judge: { kind: threshold, above: 1, breaching: 1 of 2 }
        settle: 30s
journal: { path: "${journal}" }
http: { port: 0 }
`;
}

async function putSamples(cloudwatch: CloudWatchClient, samples: readonly Sample[], at: number): Promise<void> {
  const Dimensions = [{ Name: 'Service', Value: 'checkout' }];
  const MetricData = samples.map(({ metric, value }) => ({
    ...{ MetricName: metric, Value: value, Timestamp: new Date(at), Dimensions },
  }));
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
}

/** `speed`: seconds of the sandbox's clock in a real one. */
export async function openScene(built: Package, speed: number): Promise<Scene> {
  const folder = await mkdtemp(join(built.scratch, 'scene-'));
  const [policyFile, journal] = [join(folder, 'watchdog.yaml'), join(folder, 'journal.sqlite')];
  writeFileSync(policyFile, policyText(journal));
  const sandbox = start(built.main, ['sandbox', '--port', '0', '--speed', String(speed), '--json']);
  const text = await sandbox.firstLine();
  const { url } = greeting.parse(JSON.parse(text));
  const clock = await sandboxClock(url);
  const aws = { endpoint: url, region: REGION, credentials: KEYS };
  const client = new AppConfigClient(aws);
  const cloudwatch = new CloudWatchClient(aws);
  const rollout = { growth: 'LINEAR', factor: 20, minutes: 10, bakeMinutes: 1 } as const;
  const shop = await openShop({ client, rollout });
  for (let minute = 1; minute <= 15; minute++) {
    const quiet = [{ metric: 'Requests', value: 6_000 } as const, { metric: 'Errors', value: 6 } as const];
    await putSamples(cloudwatch, quiet, clock.now() - minute * 60_000);
  }
  const failed: unknown[] = [];
  const traffic = startTraffic({
    clock,
    badShare: shop.badShare,
    put: (samples) => putSamples(cloudwatch, samples, clock.now()),
    ...{ requestsPerMinute: 6_000, baseErrorRate: 0.001, badErrorRate: 0.2, every: 10_000 },
    onError: (error) => failed.push(error),
  });
  const env = {
    ...{ AWS_ENDPOINT_URL: url, AWS_REGION: REGION },
    ...{ AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
  };
  const daemons: Program[] = [];
  return {
    ...{ sandbox, url, shop, clock, policyFile, journal },
    daemon() {
      const args = ['run', '--config', policyFile, '--clock', url, '--json'];
      const daemon = start(built.main, args, { env, cwd: folder });
      daemons.push(daemon);
      return daemon;
    },
    command: (...args) => runToEnd(built.main, args, { env, cwd: folder }),
    writePolicy: (policy) => writeFileSync(policyFile, policy),
    async fault(rule) {
      const answer = await fetch(`${url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(rule) });
      if (!answer.ok) throw new Error(`the fault was refused: ${await answer.text()}`);
    },
    async stops() {
      const { requests } = seen.parse(await (await fetch(`${url}/_sandbox/requests`)).json());
      return requests.filter(({ operation }) => operation === 'StopDeployment').map(({ status }) => status);
    },
    async until(what, holds, within = 30_000) {
      const deadline = Date.now() + within;
      while (!(await holds())) {
        if (Date.now() > deadline) throw new Error(`${what}: not within ${within} ms`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    async [Symbol.asyncDispose]() {
      traffic.stop();
      for (const daemon of daemons) await daemon[Symbol.asyncDispose]();
      client.destroy();
      cloudwatch.destroy();
      await sandbox[Symbol.asyncDispose]();
      if (failed.length > 0) throw new AggregateError(failed, 'the traffic of the shop failed');
    },
  };
}
