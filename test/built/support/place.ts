/** A sandbox process, a folder with a policy file and a journal, and the built daemon to be run there. */
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import type { Clock } from '../../../src/lib/clock.ts';
import { sandboxClock } from '../../../src/service/remote-clock.ts';
import type { Package } from './package.ts';
import { type Ended, type Program, type ProgramOptions, runToEnd, start } from './process.ts';

export const REGION = 'eu-west-1';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' };
const greeting = z.object({ url: z.string() });
const seenRequest = z.object({ service: z.string(), operation: z.string(), status: z.number(), region: z.string() });
const seen = z.object({ requests: z.array(seenRequest) });
const inForce = z.object({ faults: z.array(z.object({ id: z.string() })) });

/** How a daemon is run where it is not run as usual. */
interface DaemonOptions extends ProgramOptions {
  /** Default: the place's own policy file. */
  readonly policyFile?: string;
  /** False: it lives by the clock of the machine; default: by the sandbox's. */
  readonly sandboxTime?: boolean;
}

export interface Place extends AsyncDisposable {
  readonly sandbox: Program;
  readonly url: string;
  readonly clock: Clock;
  readonly appconfig: AppConfigClient;
  readonly cloudwatch: CloudWatchClient;
  /** Of policy file and journal. */
  readonly folder: string;
  readonly policyFile: string;
  readonly journal: string;
  /** Starts the daemon on the policy file. */
  daemon(options?: DaemonOptions): Program;
  /** Runs another command of the built form in the same environment. */
  command(...args: readonly string[]): Promise<Ended>;
  writePolicy(text: string): void;
  fault(...rules: readonly object[]): Promise<void>;
  /** How many faults are still to strike. */
  faultsLeft(): Promise<number>;
  clearFaults(): Promise<void>;
  /** What was asked so far, oldest first. */
  requests(): Promise<readonly z.infer<typeof seenRequest>[]>;
  /** Statuses of the answers to every StopDeployment so far. */
  stops(): Promise<readonly number[]>;
  /** Polls until it holds; fails after `within` real ms. */
  until(what: string, holds: () => Promise<boolean>, within?: number): Promise<void>;
}

/** Polls until it holds; fails after `within` real ms. */
async function until(what: string, holds: () => Promise<boolean>, within = 30_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** `speed`: seconds of the sandbox's clock in a real one. */
export async function openPlace(built: Package, speed: number): Promise<Place> {
  const folder = await mkdtemp(join(built.scratch, 'scene-'));
  const [policyFile, journal] = [join(folder, 'watchdog.yaml'), join(folder, 'journal.sqlite')];
  const sandbox = start(built.main, ['sandbox', '--port', '0', '--speed', String(speed), '--json']);
  const { url } = greeting.parse(JSON.parse(await sandbox.firstLine()));
  const clock = await sandboxClock(url);
  const aws = { endpoint: url, region: REGION, credentials: KEYS };
  const appconfig = new AppConfigClient(aws);
  const cloudwatch = new CloudWatchClient(aws);
  const env = {
    ...{ AWS_ENDPOINT_URL: url, AWS_REGION: REGION },
    ...{ AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
  };
  const daemons: Program[] = [];
  const control = async (method: string, what: string, body?: object) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${url}/_sandbox/${what}`, { method, ...sent });
    if (!answer.ok) throw new Error(`${method} ${what} was refused: ${await answer.text()}`);
    return answer.json();
  };
  const requests = async () => seen.parse(await control('GET', 'requests')).requests;
  return {
    ...{ sandbox, url, clock, appconfig, cloudwatch, folder, policyFile, journal, until, requests },
    daemon(options = {}) {
      const { policyFile: file = policyFile, sandboxTime = true, ...how } = options;
      const args = ['run', '--config', file, ...(sandboxTime ? ['--clock', url] : []), '--json'];
      const daemon = start(built.main, args, { cwd: folder, ...how, env: { ...env, ...how.env } });
      daemons.push(daemon);
      return daemon;
    },
    command: (...args) => runToEnd(built.main, args, { env, cwd: folder }),
    writePolicy: (policy) => writeFileSync(policyFile, policy),
    fault: async (...rules) => void (await control('POST', 'faults', rules)),
    faultsLeft: async () => inForce.parse(await control('GET', 'faults')).faults.length,
    clearFaults: async () => void (await control('DELETE', 'faults')),
    stops: async () =>
      (await requests()).filter(({ operation }) => operation === 'StopDeployment').map(({ status }) => status),
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons) await daemon[Symbol.asyncDispose]();
      appconfig.destroy();
      cloudwatch.destroy();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}
