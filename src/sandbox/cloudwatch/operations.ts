/** The operations this CloudWatch knows, by name. */
import { deleteAlarms, disableAlarmActions, enableAlarmActions, setAlarmState } from './alarms/change-alarms.ts';
import { describeAlarmHistory } from './alarms/describe-alarm-history.ts';
import { describeAlarms } from './alarms/describe-alarms.ts';
import { putCompositeAlarm } from './alarms/put-composite-alarm.ts';
import { putMetricAlarm } from './alarms/put-metric-alarm.ts';
import { listTagsForResource, tagResource, untagResource } from './alarms/tags.ts';
import { listMetrics } from './metrics/list-metrics.ts';
import { putMetricData } from './metrics/put-metric-data.ts';
import type { Operation } from './operation.ts';
import { getMetricData } from './query/get-metric-data.ts';

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  DeleteAlarms: deleteAlarms,
  DescribeAlarmHistory: describeAlarmHistory,
  DescribeAlarms: describeAlarms,
  DisableAlarmActions: disableAlarmActions,
  EnableAlarmActions: enableAlarmActions,
  GetMetricData: getMetricData,
  ListMetrics: listMetrics,
  ListTagsForResource: listTagsForResource,
  PutCompositeAlarm: putCompositeAlarm,
  PutMetricAlarm: putMetricAlarm,
  PutMetricData: putMetricData,
  SetAlarmState: setAlarmState,
  TagResource: tagResource,
  UntagResource: untagResource,
};
