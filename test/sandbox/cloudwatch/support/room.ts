/** A CloudWatch on a driven clock, asked in either protocol without a server. */
import { z } from 'zod';
import { type DrivenClock, drivenClock } from '../../../../src/lib/clock.ts';
import { type SandboxCloudWatch, sandboxCloudWatch } from '../../../../src/sandbox/cloudwatch/index.ts';
import { type FaultRule, type Faults, faults } from '../../../../src/sandbox/faults.ts';
import type { WireAnswer, WireRequest } from '../../../../src/sandbox/wire.ts';

export const START = Date.parse('2026-11-22T10:00:00Z');
export const MINUTE = 60_000;

const text = z.string().optional();
const message = z.strictObject({ Code: z.string(), Value: z.string() });
const result = z.strictObject({
  Id: z.string(),
  Label: z.string(),
  Timestamps: z.array(z.number()),
  Values: z.array(z.number()),
  StatusCode: z.enum(['Complete', 'PartialData', 'InternalError', 'Forbidden']),
  Messages: z.array(message).optional(),
});
const dimension = z.strictObject({ Name: z.string(), Value: z.string() });
const metric = z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions: z.array(dimension) });
const alarm = z.looseObject({
  AlarmName: z.string(),
  AlarmArn: z.string(),
  StateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  StateReason: z.string(),
  StateReasonData: text,
  StateUpdatedTimestamp: z.number(),
  StateTransitionedTimestamp: z.number(),
  ActionsEnabled: z.boolean(),
});
const historyItem = z.looseObject({ AlarmName: z.string(), HistorySummary: z.string(), HistoryData: z.string() });

/** What the tests look for in an answer; what is not there is undefined. */
const answerBody = z.strictObject({
  MetricDataResults: z.array(result).optional(),
  Messages: z.array(message).optional(),
  Metrics: z.array(metric).optional(),
  OwningAccounts: z.array(z.string()).optional(),
  MetricAlarms: z.array(alarm).optional(),
  CompositeAlarms: z.array(alarm).optional(),
  AlarmHistoryItems: z.array(historyItem).optional(),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
  NextToken: text,
  __type: text,
  message: text,
});

export interface TestRoom {
  readonly clock: DrivenClock;
  readonly faults: Faults;
  readonly cloudwatch: SandboxCloudWatch;
  json(operation: string, input: unknown, effects?: readonly FaultRule[]): Answer;
  form(fields: Readonly<Record<string, string>>): WireAnswer;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: z.infer<typeof answerBody>;
}

export function testRoom(at = START): TestRoom {
  const clock = drivenClock(at);
  const rules = faults();
  const cloudwatch = sandboxCloudWatch({ clock, account: '111122223333', region: 'eu-west-1', faults: rules });
  return {
    clock,
    faults: rules,
    cloudwatch,
    json(operation, input, effects = []) {
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `GraniteServiceVersion20100801.${operation}`,
      };
      const answer = cloudwatch.handle(wireRequest(headers, Buffer.from(JSON.stringify(input))), effects);
      return { ...answer, body: answerBody.parse(JSON.parse(answer.body)) };
    },
    form(fields) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      return cloudwatch.handle(wireRequest(headers, Buffer.from(String(new URLSearchParams(fields)))), []);
    },
  };
}

export function wireRequest(headers: Readonly<Record<string, string>>, body: Buffer): WireRequest {
  return {
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers,
    body,
    account: '111122223333',
    region: 'eu-west-1',
    accessKeyId: 'AKIATEST',
  };
}

/** A query for one metric of namespace `app`. */
export function metricQuery(id: string, metric: string, stat: string, period = 60, more: object = {}) {
  return {
    Id: id,
    MetricStat: { Metric: { Namespace: 'app', MetricName: metric }, Period: period, Stat: stat },
    ...more,
  };
}
