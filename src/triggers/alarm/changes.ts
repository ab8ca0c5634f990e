/** Reads from DescribeAlarmHistory how one alarm went from state to state. */
import {
  type AlarmHistoryItem,
  type CloudWatchClient,
  DescribeAlarmHistoryCommand,
  type DescribeAlarmHistoryInput,
} from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import type { AwsCaller } from '../../aws/caller.ts';
import { awsFailure, cleanMessage } from '../../aws/failure.ts';
import { abortedError } from '../../aws/joint.ts';
import { listOf, textOf } from '../../aws/members.ts';
import { FailureError } from '../../core/failure.ts';
import type { Instant, Window } from '../../core/time.ts';
import { once } from '../../lib/once.ts';

export interface Change {
  readonly at: Instant;
  /** OK, ALARM, INSUFFICIENT_DATA, or a state of tomorrow. */
  readonly from: string;
  readonly to: string;
  /** Why it is in its new state; cleaned, empty where that is not on record. */
  readonly reason: string;
}

/** Changes of one alarm within a window and the first ones after it, oldest first; throws FailureError. */
export type Changes = (name: string, window: Window, signal: AbortSignal) => Promise<readonly Change[]>;

/** 100 a page. */
const MOST_PAGES = 1_000;

const side = once(() => z.looseObject({ stateValue: z.string(), stateReason: z.string().optional() }));
const dataSchema = once(() => z.looseObject({ oldState: side(), newState: side() }));

function dataOf(text: string | undefined): z.output<ReturnType<typeof dataSchema>> | undefined {
  try {
    return dataSchema().safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

/** HistoryData is JSON, cut off at 4,095 characters: where that broke it, the one-line summary has the states. */
function changeOf(item: AlarmHistoryItem): Change {
  const at = item.Timestamp?.getTime();
  const summary = textOf(item.HistorySummary, 'DescribeAlarmHistory: HistorySummary') ?? '';
  const data = dataOf(textOf(item.HistoryData, 'DescribeAlarmHistory: HistoryData'));
  const words = /from (\S+) to (\S+)/.exec(summary);
  const [from, to] = [data?.oldState.stateValue ?? words?.[1], data?.newState.stateValue ?? words?.[2]];
  if (at === undefined || Number.isNaN(at) || from === undefined || to === undefined) {
    const message = `DescribeAlarmHistory: a change of alarm "${item.AlarmName}" does not say when or from what to what`;
    throw new FailureError({ reason: 'malformed', retryable: true, message });
  }
  return { at, from, to, reason: cleanMessage(data?.newState.stateReason ?? '') };
}

export function changesOf(client: CloudWatchClient, caller: AwsCaller): Changes {
  return async (name, window, signal) => {
    const input: DescribeAlarmHistoryInput = {
      AlarmName: name,
      // Without AlarmTypes only metric alarms would come.
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      HistoryItemType: 'StateUpdate',
      StartDate: new Date(window.from),
      MaxRecords: 100,
      ScanBy: 'TimestampAscending',
    };
    const changes: Change[] = [];
    let token: string | undefined;
    try {
      for (let pages = 0; pages < MOST_PAGES; pages++) {
        const command = new DescribeAlarmHistoryCommand(token === undefined ? input : { ...input, NextToken: token });
        const send = (abortSignal: AbortSignal) => client.send(command, { abortSignal });
        const output = await caller.call('DescribeAlarmHistory', send, signal);
        changes.push(...listOf(output.AlarmHistoryItems, 'DescribeAlarmHistory: AlarmHistoryItems').map(changeOf));
        token = output.NextToken;
        // The first change after the window says how the alarm stood in it.
        const isPast = changes.some(({ at }) => at > window.to);
        if (isPast || token === undefined || token === '') return changes.toSorted((a, b) => a.at - b.at);
      }
    } catch (error) {
      if (signal.aborted) throw abortedError('DescribeAlarmHistory');
      if (error instanceof FailureError) throw error;
      throw new FailureError(awsFailure(error, 'DescribeAlarmHistory'), { cause: error });
    }
    const message = 'DescribeAlarmHistory: the pages do not come to an end';
    throw new FailureError({ reason: 'malformed', retryable: true, message });
  };
}
