/** One word of the log vocabulary: when it is said, how loudly, in which words, with which fields. */
import type { Deployment } from '../core/deployment.ts';
import type { EventKind, Mode, WatchdogEvent } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { iso } from '../core/time.ts';
import { plainText } from '../lib/text.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What the teller knows beside the event: names, versions and exposure of the deployment. */
export interface LogContext {
  readonly deployment?: Deployment;
  readonly mode?: Mode;
  /** The rule said the same kind of verdict before. */
  readonly repeats?: boolean;
  /** Whether an event log entry has had no line yet; default: none has. */
  readonly isNews?: (entry: JsonObject) => boolean;
}

type EventOf<Kind extends EventKind> = Extract<WatchdogEvent, { kind: Kind }>;

export interface Telling {
  readonly level: Level;
  /** Somebody should look now. */
  readonly critical: boolean;
  readonly message: string;
  readonly fields: JsonObject;
}

interface Words<Kind extends EventKind, Field extends string> {
  readonly when: string;
  readonly level: Level | ((event: EventOf<Kind>, context: LogContext) => Level);
  readonly critical?: boolean | ((event: EventOf<Kind>) => boolean);
  /** The fields of its own, with their meaning. */
  readonly fields: Readonly<Record<Field, string>>;
  /** One sentence for the person on call; `title` names the deployment. */
  says(event: EventOf<Kind>, title: string, context: LogContext): string;
  values(event: EventOf<Kind>): Readonly<Partial<Record<Field, Json | undefined>>>;
}

export interface Entry<Kind extends EventKind = EventKind> {
  readonly kind: Kind;
  readonly when: string;
  readonly fields: Readonly<Record<string, string>>;
  level(event: WatchdogEvent, context: LogContext): Level;
  tell(event: WatchdogEvent, title: string, context: LogContext): Telling;
}

const isOf = <Kind extends EventKind>(event: WatchdogEvent, kind: Kind): event is EventOf<Kind> => event.kind === kind;

export function entry<Kind extends EventKind, Field extends string>(
  kind: Kind,
  words: Words<Kind, Field>,
): Entry<Kind> {
  const ours = (event: WatchdogEvent): EventOf<Kind> => {
    if (!isOf(event, kind)) throw new TypeError(`the words for ${kind} cannot tell ${event.kind}`);
    return event;
  };
  const levelOf = (event: EventOf<Kind>, context: LogContext) =>
    typeof words.level === 'function' ? words.level(event, context) : words.level;
  return {
    kind,
    when: words.when,
    fields: words.fields,
    level: (event, context) => levelOf(ours(event), context),
    tell(one, title, context) {
      const event = ours(one);
      const { critical = false } = words;
      const loud = typeof critical === 'function' ? critical(event) : critical;
      return {
        level: levelOf(event, context),
        critical: loud,
        message: plainText(`${loud ? 'CRITICAL: ' : ''}${words.says(event, title, context)}`, 1_000),
        fields: { ...words.values(event) },
      };
    },
  };
}

/** A failure as fields: the object whole, and the request id where records are joined with CloudTrail. */
export function failureValues(failure: Failure): { failure: JsonObject; requestId?: string } {
  const { requestId } = failure;
  return { failure: { ...failure }, ...(requestId === undefined ? {} : { requestId }) };
}

/** `GetMetricData: Rate exceeded (throttled)` */
export function failureText(failure: Failure): string {
  return `${plainText(failure.message)} (${failure.reason})`;
}

export const listed = (reasons: readonly string[]): string => reasons.map((reason) => plainText(reason)).join('; ');
export const time = (at: number): string => (Number.isFinite(at) ? iso(at) : String(at));
