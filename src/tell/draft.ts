/** What is said about one event, before names, links and severity are put to it. */
import type { EventKind, WatchdogEvent } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import type { NoticeKind } from '../core/notice.ts';
import { plainText } from '../lib/text.ts';
import type { Told } from './story.ts';

export interface Draft {
  readonly kind: NoticeKind;
  readonly title: string;
  readonly because?: readonly string[];
  /** What is said beside what every notice of a deployment says. */
  readonly facts?: Readonly<Record<string, string>>;
  /** What tells this happening from others of its kind and thread; default: when it happened. */
  readonly id?: string;
  /** Where the incident is not the thread's: what it is about. */
  readonly about?: string;
  /** The thread of what is about no deployment. */
  readonly thread?: string;
  /** What would close an incident, and does not: something else keeps it open. */
  readonly keepsOpen?: boolean;
}

export type EventOf<Kind extends EventKind> = Extract<WatchdogEvent, { kind: Kind }>;

/** `title` names the deployment; undefined where people need not hear of it. */
export type Drafter<Kind extends EventKind> = (
  event: EventOf<Kind>,
  title: string,
  told: Told,
) => Draft | readonly Draft[] | undefined;

/** For what is in the log and the journal only. */
export const notTold = (): undefined => undefined;

/** `GetMetricData: Rate exceeded (throttled)` */
export function failureText({ message, reason }: Failure): string {
  return `${plainText(message, 600)} (${reason})`;
}

/** For CloudTrail. */
export function requestFact({ requestId }: Failure): Readonly<Record<string, string>> {
  return requestId === undefined ? {} : { 'AWS request': requestId };
}

export const percent = (value: number): string => `${Math.round(value * 10) / 10} %`;

/** ` at 40 % exposure`, where it is known. */
export function exposureNow({ story: { deployment } }: Told): string {
  return deployment === undefined ? '' : ` at ${percent(deployment.percentage)} exposure`;
}
