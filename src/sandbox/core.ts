/** The sandbox without a network: services, faults and the way of every request, put together. */
import type { Duration } from '../core/time.ts';
import { acceleratedClock, type Clock, systemClock } from '../lib/clock.ts';
import type { SandboxExtension } from './appconfig/operation.ts';
import type { ClockReading } from './control.ts';
import { faults as createFaults, type Faults } from './faults.ts';
import { createGateway, type Gateway, type SeenRequest } from './gateway.ts';
import { quotas } from './quotas.ts';
import { sandboxSts } from './sts.ts';
import { createWorld, type Place } from './world.ts';

export interface CoreOptions {
  /** Clock seconds in a real second, from now on; not together with `clock`. */
  readonly speed?: number;
  /** Default: the real clock. */
  readonly clock?: Clock;
  /** Whether a plain stop of a baking deployment is refused (strict, the default) or taken (lenient). */
  readonly baking?: 'strict' | 'lenient';
  /** What an environment shows while its deployment bakes, which AWS does not say; default DEPLOYING. */
  readonly bakingEnvironmentState?: 'DEPLOYING' | 'READY_FOR_DEPLOYMENT';
  /** StopDeployment answers the whole deployment (full, the default) or what AWS's reference prints (minimal). */
  readonly stopAnswer?: 'full' | 'minimal';
  /** Clock time a deployment is VALIDATING; default 1 s. */
  readonly validatingDuration?: Duration;
  /** Clock time a deployment is ROLLING_BACK; default 20 s. */
  readonly rollbackDuration?: Duration;
  /** Clock time between two looks at the monitors of an environment that is being deployed; default 10 s. */
  readonly monitorInterval?: Duration;
  /** Extensions every deployment carries. */
  readonly extensions?: readonly SandboxExtension[];
  /** Of every access key that was not handed out by AssumeRole; default 111122223333. */
  readonly account?: string;
  /** ExternalId by role ARN: such a role can be assumed with it only. */
  readonly externalIds?: Readonly<Record<string, string>>;
  /** Whether requests above AWS's quotas are throttled; default false. */
  readonly quotas?: boolean;
  /** Numbers in [0, 1): ids and the probability of faults; default Math.random. */
  readonly random?: () => number;
}

/** What a server, or a program in the same process, answers requests by. */
export interface SandboxCore {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly gateway: Gateway;
  readClock(): ClockReading;
  /** What was asked, oldest first; the last 100,000. */
  requests(): readonly SeenRequest[];
  /** The services themselves; default: the sandbox's account and us-east-1. */
  state(account?: string, region?: string): Place;
  stop(): Promise<void>;
}

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const MOST_REQUESTS = 100_000;
const SECOND: Duration = 1_000;

function clockOf(options: CoreOptions, realOrigin: number): Clock {
  if (options.clock !== undefined && options.speed !== undefined) {
    throw new Error('a sandbox takes a clock or a speed, not both');
  }
  const { speed } = options;
  if (speed === undefined) return options.clock ?? systemClock();
  if (!Number.isFinite(speed) || speed <= 0) throw new Error(`the speed of a sandbox must be above 0, not ${speed}`);
  return acceleratedClock({ origin: realOrigin, realOrigin, speed });
}

function requestLog() {
  const kept: SeenRequest[] = [];
  return {
    add(request: SeenRequest) {
      kept.push(request);
      if (kept.length > MOST_REQUESTS) kept.shift();
    },
    all: (): readonly SeenRequest[] => [...kept],
  };
}

export function sandboxCore(options: CoreOptions = {}): SandboxCore {
  const realOrigin = Date.now();
  const clock = clockOf(options, realOrigin);
  const origin = clock.now();
  const faults = createFaults(options.random);
  const account = options.account ?? ACCOUNT;
  const log = requestLog();
  const world = createWorld({
    clock,
    faults,
    ...(options.random ? { random: options.random } : {}),
    life: {
      baking: options.baking ?? 'strict',
      validatingDuration: options.validatingDuration ?? SECOND,
      rollbackDuration: options.rollbackDuration ?? 20 * SECOND,
    },
    bakingEnvironmentState: options.bakingEnvironmentState ?? 'DEPLOYING',
    stopAnswer: options.stopAnswer ?? 'full',
    extensions: options.extensions ?? [],
    monitorInterval: options.monitorInterval ?? 10 * SECOND,
  });
  const sts = sandboxSts({ account, externalIds: options.externalIds ?? {} });
  return {
    clock,
    faults,
    gateway: createGateway({
      clock,
      faults,
      world,
      sts,
      defaultRegion: REGION,
      seen: log.add,
      ...(options.quotas === true ? { quotas: quotas(clock) } : {}),
    }),
    readClock: () => ({ origin, realOrigin, speed: clock.speed, now: clock.now() }),
    requests: log.all,
    state: (of = account, region = REGION) => world.at(of, region),
    stop: world.stop,
  };
}
