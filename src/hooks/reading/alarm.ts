/** A CloudWatch alarm that changed its state, as SNS and as EventBridge carry it: one key, whichever way it comes. */
import type { Alert } from '../../core/alert.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Instant } from '../../core/time.ts';
import { alertOf, firstText, instantOf, labelsOf, listOf, objectOf, textOf } from './fields.ts';
import { malformed } from './refusal.ts';

const STATES: ReadonlyMap<string, Alert['state']> = new Map([
  ['ALARM', 'firing'],
  ['OK', 'resolved'],
  ['INSUFFICIENT_DATA', 'other'],
]);

const ARN = /^arn:aws[a-z-]*:cloudwatch:([a-z0-9-]{1,40}):(\d{12}):alarm:(.+)$/;

type Labels = readonly (readonly [string, Json | undefined])[];

interface Change {
  readonly arn: string | undefined;
  readonly name: Json | undefined;
  readonly state: Json | undefined;
  readonly since: Json | undefined;
  readonly reason: Json | undefined;
  readonly labels: Labels;
}

function alarmOf(change: Change, arrival: Instant): Alert {
  const name = textOf(change.name, 300);
  const status = textOf(change.state, 64);
  const state = STATES.get(status ?? '');
  if (name === undefined || name === '') throw malformed('the alarm has no name');
  if (status === undefined || state === undefined)
    throw malformed('the alarm is not in ALARM, OK or INSUFFICIENT_DATA');
  const [arn, region, account] = ARN.exec(change.arn ?? '') ?? [];
  if (arn === undefined) throw malformed('the alarm has no ARN');
  return alertOf({
    key: arn,
    name,
    state,
    status,
    labels: labelsOf([['alarmName', name], ['region', region], ['account', account], ...change.labels]),
    since: instantOf(change.since, arrival),
    summary: firstText(change.reason) ?? `${name} is in ${status}`,
  });
}

/** Names of dimensions are the sender's, so that they stand apart from the other labels. */
const dimension = (name: Json | undefined, value: Json | undefined) =>
  [`dimension.${textOf(name, 180) ?? ''}`, value] as const;

/** The JSON of a notification's Message. A composite alarm has no Trigger. */
export function alarmOfNotification(message: JsonObject, arrival: Instant): Alert {
  const trigger = objectOf(message.Trigger) ?? {};
  const dimensions = listOf(trigger.Dimensions, 'Trigger.Dimensions', 64).map((one) => {
    const { name, value } = objectOf(one) ?? {};
    return dimension(name, value);
  });
  return alarmOf(
    {
      arn: textOf(message.AlarmArn, 1_000),
      name: message.AlarmName,
      state: message.NewStateValue,
      since: message.StateChangeTime,
      reason: message.NewStateReason,
      labels: [['namespace', trigger.Namespace], ['metricName', trigger.MetricName], ...dimensions],
    },
    arrival,
  );
}

/** The metric of an alarm that has one; math and composite alarms are about none. */
function metricLabels(configuration: JsonObject): Labels {
  const stats = listOf(configuration.metrics, 'detail.configuration.metrics', 20).flatMap((one) => {
    const metric = objectOf(objectOf(objectOf(one)?.metricStat)?.metric);
    return metric === undefined ? [] : [metric];
  });
  const [only] = stats;
  if (only === undefined || stats.length > 1) return [];
  const dimensions = Object.entries(objectOf(only.dimensions) ?? {}).map(([name, value]) => dimension(name, value));
  return [['namespace', only.namespace], ['metricName', only.name], ...dimensions];
}

/** An event "CloudWatch Alarm State Change". */
export function alarmOfEvent(event: JsonObject, arrival: Instant): Alert {
  const detail = objectOf(event.detail) ?? {};
  const state = objectOf(detail.state) ?? {};
  return alarmOf(
    {
      arn: textOf(listOf(event.resources, 'resources', 20)[0], 1_000),
      name: detail.alarmName,
      state: state.value,
      since: state.timestamp,
      reason: state.reason,
      labels: metricLabels(objectOf(detail.configuration) ?? {}),
    },
    arrival,
  );
}
