/** Each source and trigger with what it asks, under a test's control; a new plugin needs its entry here. */
import type { z } from 'zod';
import { alertBook } from '../../src/engine/alert-book.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';
import { alarm } from '../../src/triggers/alarm/index.ts';
import { webhook } from '../../src/triggers/webhook/index.ts';
import { resultOf, seriesReply, type WireReply, wireCloudWatch } from '../support/wire-cloudwatch.ts';
import { endpointSubjects } from './endpoints.ts';
import type { SourceSubject, StoreFault } from './source.ts';
import type { AskingTriggerSubject, TriggerSubject } from './trigger.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

const REPLIES: Readonly<Record<Exclude<StoreFault, 'half an answer'>, WireReply>> = {
  throttled: { status: 400, error: 'ThrottlingException' },
  broken: { status: 500, error: 'InternalServiceError' },
  refused: { status: 403, error: 'AccessDeniedException' },
  garbage: { MetricDataResults: [{ Id: 'nobody', StatusCode: 'Complete', Timestamps: [1], Values: [] }] },
  hang: 'hang',
};

type CloudWatchSubject = SourceSubject<z.output<ReturnType<typeof cloudwatch.options>>>;

async function cloudwatchSubject(): Promise<CloudWatchSubject> {
  const wire = await wireCloudWatch(seriesReply(() => 1));
  const clock = drivenClock(NOW);
  const metric = { namespace: 'App', metric: 'Errors', stat: 'Average' };
  return {
    source: cloudwatch.open(wire.access(clock)),
    query: cloudwatch.options().parse({ kind: 'cloudwatch', period: '60s', metrics: { it: metric } }),
    clock,
    hold: (value) => {
      wire.reply = seriesReply((_, at) => value(at));
    },
    fail: (fault) => {
      wire.reply = ({ input }) => {
        if (fault !== 'half an answer') return REPLIES[fault];
        const results = input.MetricDataQueries.map((query) => resultOf(query, input, () => 1));
        return { MetricDataResults: results.map((result) => ({ ...result, StatusCode: 'PartialData' })) };
      };
    },
    requests: () => wire.calls.length,
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
}

async function alarmSubject(): Promise<AskingTriggerSubject<z.output<ReturnType<typeof alarm.options>>>> {
  const wire = await wireCloudWatch(() => ({ MetricAlarms: [] }));
  const state = (StateValue: string, since: number) => {
    const at = since / 1_000;
    const one = { AlarmName: 'latency', AlarmArn: 'arn:latency', StateValue, StateTransitionedTimestamp: at };
    wire.reply = () => ({ MetricAlarms: [one] });
  };
  return {
    trigger: alarm.open(wire.access(drivenClock(NOW))),
    options: alarm.options().parse({ kind: 'alarm', names: ['latency'] }),
    operation: 'DescribeAlarms',
    ring: (since) => state('ALARM', since),
    quiet: (since) => state('OK', since),
    vanish: () => {
      wire.reply = () => ({ MetricAlarms: [] });
    },
    fail: (fault) => {
      const garbage = { MetricAlarms: [{ AlarmName: 'latency', StateValue: 'PANIC' }] };
      wire.reply = () => (fault === 'garbage' ? garbage : REPLIES[fault]);
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
}

async function webhookSubject(): Promise<TriggerSubject<z.output<ReturnType<typeof webhook.options>>>> {
  let arrivals = 0;
  const start = () => alertBook(() => {});
  let alerts = start();
  const state = (firing: boolean, since: number) => {
    alerts = start();
    const [state, status] = firing ? (['firing', 'firing'] as const) : (['resolved', 'resolved'] as const);
    const labels = { service: 'checkout' };
    alerts.take('pager', [{ key: 'a', name: 'Slow', state, status, labels, since, summary: 'p99 is 4 s' }], ++arrivals);
  };
  return {
    trigger: webhook.open({ alerts: { of: (hook) => alerts.of(hook), isHeard: (hook) => alerts.isHeard(hook) } }),
    options: webhook.options().parse({ kind: 'webhook', hook: 'pager', where: { labels: { service: 'check*' } } }),
    ring: (since) => state(true, since),
    quiet: (since) => state(false, since),
    async [Symbol.asyncDispose]() {},
  };
}

export const sourceSubjects = { cloudwatch: cloudwatchSubject, ...endpointSubjects };
/** Those that ask somebody. */
export const askingTriggerSubjects = { alarm: alarmSubject };
/** Those that are told. */
export const toldTriggerSubjects = { webhook: webhookSubject };
/** Options a judge can be made of. */
export const judgeOptions: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  threshold: [
    { above: 1 },
    { below: 0, breaching: '1 of 1' },
    { above: 5, below: -5, breaching: '3 of 5', warmup: '3m', recovery: 3 },
  ],
  dose: [
    { metric: 'counts', events: 'one', requests: 'one' },
    { metric: 'counts', sparse: true, settleAfterStep: '2m', uncalibrated: 'stop' },
    { metric: 'gauge', harm: 'down', alpha: 0.05 },
  ],
  arms: [
    { new: { events: 'one', trials: 'one' }, old: { events: 'one', trials: 'one' } },
    { new: { events: 'one', trials: 'one' }, all: { events: 'one', trials: 'one' }, harm: 'down', overdispersion: 4 },
  ],
  baseline: [
    { metric: 'gauge', limit: 2, before: 5, uncalibrated: 'stop' },
    { metric: 'counts', requests: 'one', limit: 3, against: 'yesterday', harm: 'down', as: 'difference' },
  ],
  'mann-whitney': [
    { new: 'one', old: 'one' },
    { new: 'one', old: 'one', looks: 1, harm: 'down' },
  ],
  'anomaly-band': [{}, { side: 'both', breaching: '3 of 3' }],
  'threshold-or-dose': [
    { metric: 'counts', events: 'one' },
    { metric: 'gauge', harm: 'down', periods: 2 },
  ],
};
