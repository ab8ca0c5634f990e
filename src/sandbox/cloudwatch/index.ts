/** The sandbox's CloudWatch: metrics, metric math and alarms of one account and region, on the sandbox's clock. */
import type { Clock } from '../../lib/clock.ts';
import type { FaultRule, Faults } from '../faults.ts';
import type { WireAnswer, WireRequest } from '../wire.ts';
import { createAlarms } from './alarms/alarms.ts';
import type { AlarmState } from './alarms/state.ts';
import { handle, operationOf } from './handle.ts';
import { metric } from './metrics/metric.ts';
import { createStore, type Store } from './metrics/store.ts';
import type { Room } from './operation.ts';

/** One measured value, put in without HTTP. */
interface SandboxSample {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since the epoch; default: now. Any age is taken. */
  readonly at?: number;
  readonly unit?: string;
  /** Seconds, as StorageResolution; default 60: the sample belongs to its minute. */
  readonly resolution?: 1 | 60;
}

export interface SandboxCloudWatch {
  /** `GetMetricData` …, from x-amz-target or the form's Action; undefined when the request names none. */
  operationOf(request: WireRequest): string | undefined;
  /** `effects` are the result-level faults (partial-data, internal-error, forbidden) that act on this call. */
  handle(request: WireRequest, effects: readonly FaultRule[]): WireAnswer;
  /** The state of an alarm by name or ARN, evaluated now; undefined when there is no such alarm. */
  alarmState(arnOrName: string): AlarmState | undefined;
  /** Whether an alarm is in ALARM now and would act: one whose actions are disabled tells nobody. */
  rings(arnOrName: string): boolean;
  put(samples: readonly SandboxSample[]): void;
  /** For another account's CloudWatch that may read this one. */
  readonly store: Store;
}

export interface SandboxCloudWatchOptions {
  readonly clock: Clock;
  readonly account: string;
  readonly region: string;
  readonly faults: Faults;
  /** Another account's metrics in this region, where its queries (AccountId) may be answered; default: none. */
  readonly storeOf?: (account: string) => Store | undefined;
}

export function sandboxCloudWatch(options: SandboxCloudWatchOptions): SandboxCloudWatch {
  const { clock, account, region, storeOf = () => undefined } = options;
  const faults = faultsOf(options);
  const store = createStore();
  const alarms = createAlarms({ account, region, store, storeOf, faults, now: clock.now });
  const room: Room = { clock, account, region, faults, store, alarms, storeOf };
  return {
    operationOf,
    handle: (request, effects) => handle(room, request, effects),
    alarmState: (arnOrName) => alarms.find(arnOrName)?.status.value,
    rings(arnOrName) {
      const alarm = alarms.find(arnOrName);
      return alarm?.status.value === 'ALARM' && alarm.actionsEnabled;
    },
    put(samples) {
      const now = clock.now();
      alarms.evaluate(now);
      for (const { value, unit = 'None', at = now, resolution = 60, ...named } of samples) {
        const dimensions = Object.entries(named.dimensions ?? {}).map(([name, text]) => ({ name, value: text }));
        const sample = { at, count: 1, sum: value, min: value, max: value, unit };
        store.add(metric(named.namespace, named.metric, dimensions), sample, resolution, now);
      }
    },
    store,
  };
}

/** The faults as this account and region sees them: a rule for another place does not show here. */
function faultsOf({ faults, account, region }: SandboxCloudWatchOptions): Faults {
  const concerns = (rule: FaultRule) => (rule.account ?? account) === account && (rule.region ?? region) === region;
  return { ...faults, active: (kind) => faults.active(kind).filter(concerns) };
}
