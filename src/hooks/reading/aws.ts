/** What AWS sends about alarms and deployments, told apart by what it says of itself. */
import type { Delivery } from '../../core/alert.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Instant } from '../../core/time.ts';
import { alarmOfEvent, alarmOfNotification } from './alarm.ts';
import { hintOf, isDeploymentEvent, type Origin } from './deployment-event.ts';
import { delivery, objectOf, textOf } from './fields.ts';
import { malformed, rejected } from './refusal.ts';

/** An event of EventBridge. Throws FailureError `rejected` for one that is neither of an alarm nor of a deployment. */
export function readEvent(event: JsonObject, arrival: Instant): Delivery {
  const [source, type] = [textOf(event.source), textOf(event['detail-type'])];
  if (source === 'aws.cloudwatch' && type === 'CloudWatch Alarm State Change') {
    return delivery([alarmOfEvent(event, arrival)]);
  }
  if (source === 'aws.appconfig' && type?.startsWith('On Deployment ')) {
    const origin = { account: textOf(event.account), region: textOf(event.region) };
    return { alerts: [], deployments: [hintOf(objectOf(event.detail) ?? {}, origin)] };
  }
  throw rejected('the event is neither "CloudWatch Alarm State Change" nor one of AppConfig\'s "On Deployment …"');
}

function isEvent(body: JsonObject): boolean {
  return typeof body['detail-type'] === 'string' && typeof body.source === 'string';
}

/** The JSON of an alarm, of an event, or of one of AppConfig's own messages, as SNS and SQS carry them. */
export function readAws(json: Json | undefined, arrival: Instant, origin: Origin): Delivery {
  const body = objectOf(json);
  if (body === undefined) throw malformed('the message is not JSON of CloudWatch, EventBridge or AppConfig');
  if (isEvent(body)) return readEvent(body, arrival);
  if (isDeploymentEvent(body)) return { alerts: [], deployments: [hintOf(body, origin)] };
  if (body.AlarmName !== undefined) return delivery([alarmOfNotification(body, arrival)]);
  throw malformed('the message is neither an alarm nor an event');
}
