/** DescribeAlarmHistory. */
import { z } from 'zod';
import { pageOfList } from '../list-page.ts';
import { operation } from '../operation.ts';
import { digestOf } from '../query/page.ts';
import { validationError } from '../rejection.ts';
import type { HistoryItem } from './history.ts';

const MOST = 100;

export const describeAlarmHistory = operation(
  ({ text, list, time, integer }) =>
    z.object({
      AlarmName: text(255).optional(),
      AlarmTypes: list(z.enum(['MetricAlarm', 'CompositeAlarm'])).optional(),
      HistoryItemType: z
        .enum(['ConfigurationUpdate', 'StateUpdate', 'Action', 'AlarmContributorStateUpdate', 'AlarmContributorAction'])
        .optional(),
      StartDate: time.optional(),
      EndDate: time.optional(),
      MaxRecords: integer.optional(),
      NextToken: z.string().optional(),
      ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
    }),
  ({ alarms, clock }, input) => {
    const { MaxRecords: most = MOST, NextToken: token, ScanBy: scanBy, ...filter } = input;
    if (most < 1 || most > MOST) throw validationError(`MaxRecords must be between 1 and ${MOST}, found ${most}.`);
    alarms.evaluate(clock.now());
    const found = alarms.history.all().filter((item) => matches(item, filter));
    const ordered = scanBy === 'TimestampAscending' ? found : found.toReversed();
    const { items, nextToken } = pageOfList(ordered, most, digestOf([filter, scanBy]), token);
    return { AlarmHistoryItems: items.map(describe), NextToken: nextToken };
  },
);

interface Filter {
  readonly AlarmName?: string | undefined;
  readonly AlarmTypes?: readonly string[] | undefined;
  readonly HistoryItemType?: string | undefined;
  readonly StartDate?: number | undefined;
  readonly EndDate?: number | undefined;
}

/** Metric alarms only, unless types are named. */
function matches(item: HistoryItem, filter: Filter): boolean {
  const {
    AlarmTypes: types = [],
    StartDate: from = Number.NEGATIVE_INFINITY,
    EndDate: to = Number.POSITIVE_INFINITY,
  } = filter;
  if (!(types.length > 0 ? types : ['MetricAlarm']).includes(item.alarmType)) return false;
  if (filter.AlarmName !== undefined && filter.AlarmName !== item.alarm) return false;
  if (filter.HistoryItemType !== undefined && filter.HistoryItemType !== item.kind) return false;
  return item.at >= from && item.at <= to;
}

function describe({ alarm, alarmType, at, kind, summary, data }: HistoryItem) {
  return {
    AlarmName: alarm,
    AlarmType: alarmType,
    Timestamp: new Date(at),
    HistoryItemType: kind,
    HistorySummary: summary.slice(0, 255),
    HistoryData: data.slice(0, 4_095),
  };
}
