/** Everything that exists in the sandbox, by account and region; made when it is first looked at. */
import type { Clock } from '../lib/clock.ts';
import { type AppConfigOptions, type SandboxAppConfig, sandboxAppConfig } from './appconfig/index.ts';
import { type SandboxCloudWatch, sandboxCloudWatch } from './cloudwatch/index.ts';
import type { Faults } from './faults.ts';

/** The services of one account in one region. */
export interface Place {
  readonly appconfig: SandboxAppConfig;
  readonly cloudwatch: SandboxCloudWatch;
}

export interface WorldOptions extends Omit<AppConfigOptions, 'account' | 'region' | 'rings'> {
  readonly clock: Clock;
  readonly faults: Faults;
}

export interface World {
  at(account: string, region: string): Place;
  stop(): Promise<void>;
}

export function createWorld(options: WorldOptions): World {
  const places = new Map<string, Place>();
  const make = (account: string, region: string): Place => {
    const cloudwatch = sandboxCloudWatch({
      clock: options.clock,
      faults: options.faults,
      account,
      region,
      // Every account may read every other: cross-account observability without its set-up.
      storeOf: (other) => places.get(`${other}/${region}`)?.cloudwatch.store,
    });
    const appconfig = sandboxAppConfig({ ...options, account, region, rings: cloudwatch.rings });
    return { appconfig, cloudwatch };
  };
  return {
    at(account, region) {
      const key = `${account}/${region}`;
      const place = places.get(key) ?? make(account, region);
      places.set(key, place);
      return place;
    },
    async stop() {
      await Promise.all([...places.values()].map(({ appconfig }) => appconfig.stop()));
    },
  };
}
