/** A heartbeat as a metric of CloudWatch: 1 while healthy, 0 while not, and nothing from a daemon that is dead. */
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { accessOf } from '../aws/access.ts';
import { awsCaller, type CallReport } from '../aws/caller.ts';
import { awsClients, type Transport } from '../aws/clients.ts';
import type { Duration } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import type { HeartbeatConfig } from '../policy/heartbeat.ts';
import type { Listener } from './listener.ts';

export interface MetricOptions {
  readonly options: NonNullable<HeartbeatConfig['cloudwatch']>;
  /** Where the file names none. */
  readonly region: string;
  /** Real milliseconds. */
  readonly timeout: Duration;
  readonly clock: Clock;
  readonly transport?: Transport;
  readonly onCall?: (report: CallReport) => void;
}

export interface MetricListener extends Listener {
  close(): void;
}

export function metric({ options, region, timeout, clock, transport, onCall }: MetricOptions): MetricListener {
  const clients = awsClients({ region, ...accessOf(options), ...(transport === undefined ? {} : { transport }) });
  const caller = awsCaller({ target: 'heartbeat', clock, timeout, ...(onCall === undefined ? {} : { onCall }) });
  const Dimensions = Object.entries(options.dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    kind: 'cloudwatch',
    async say(word, given) {
      // A metric has no word for a beginning.
      if (word.kind === 'start') return;
      const datum = { MetricName: options.metric, Dimensions, Value: word.kind === 'well' ? 1 : 0 };
      const command = new PutMetricDataCommand({
        Namespace: options.namespace,
        MetricData: [{ ...datum, Timestamp: new Date(clock.now()) }],
      });
      const send = (abortSignal: AbortSignal) => clients.cloudwatch().send(command, { abortSignal });
      await caller.call('PutMetricData', send, given);
    },
    close: clients.destroy,
  };
}
