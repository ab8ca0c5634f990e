/** The whole vocabulary of the log: one word per kind of event, the fields all share, and the line per event log entry. */
import { type Deployment, type DeploymentRef, deploymentTitle } from '../core/deployment.ts';
import type { EventKind, WatchdogEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { plainText } from '../lib/text.ts';
import { type Entry, type LogContext, type Telling, time } from './entry.ts';
import { WORDS_OF_DAEMON } from './words-of-daemon.ts';
import { WORDS_OF_OPERATORS } from './words-of-operators.ts';
import { WORDS_OF_STOPS } from './words-of-stops.ts';
import { WORDS_OF_WATCHES } from './words-of-watches.ts';

export const VOCABULARY: { readonly [Kind in EventKind]: Entry<Kind> } = {
  ...WORDS_OF_WATCHES,
  ...WORDS_OF_STOPS,
  ...WORDS_OF_OPERATORS,
  ...WORDS_OF_DAEMON,
};

/** Fields that stand in a line whenever they are known. */
export const COMMON_FIELDS = {
  event: 'the kind of event: the words below',
  at: 'when it happened (ISO, UTC, milliseconds)',
  critical: 'true where somebody should look now; absent otherwise',
  target: 'name of the target in the policy file',
  region: 'AWS region',
  account: 'AWS account, when known',
  application: '{ id, name }; without names before the deployment was read',
  environment: '{ id, name }',
  profile: '{ id, name } of the configuration profile',
  deployment: 'deployment number',
  version: 'configuration version',
  versionLabel: 'its label, when it has one',
  state: 'state of the deployment as last seen',
  percentage: 'share of the clients that have the new configuration (0..100)',
  policy: 'name of the policy, for the events of a watch',
  mode: 'enforce or observe',
} as const;

/** The line that each entry of AppConfig's event log becomes. */
export const DEPLOYMENT_EVENT_FIELDS = {
  EventType: 'DEPLOYMENT_STARTED, PERCENTAGE_UPDATED, …, as AWS gives it',
  TriggeredBy: 'USER, APPCONFIG, CLOUDWATCH_ALARM or INTERNAL_ERROR',
  Description: 'in the words of AWS',
  OccurredAt: 'when (ISO)',
  ActionInvocations: 'the extension actions it invoked, with their errors',
} as const;

type CommonField = keyof typeof COMMON_FIELDS;

function refOf(event: WatchdogEvent): DeploymentRef | undefined {
  if ('watch' in event) return event.watch.deployment;
  return 'deployment' in event ? event.deployment : undefined;
}

/** The deployment as the event itself shows it, else as the teller remembers it. */
function deploymentOf(event: WatchdogEvent, context: LogContext): Deployment | undefined {
  return 'snapshot' in event ? event.snapshot : context.deployment;
}

function identity(ref: DeploymentRef | undefined, known: Deployment | undefined): JsonObject {
  if (ref === undefined) return {};
  return {
    target: ref.target,
    region: ref.region,
    account: known?.account,
    application: known ? { ...known.application } : { id: ref.applicationId },
    environment: known ? { ...known.environment } : { id: ref.environmentId },
    profile: known && { ...known.profile },
    deployment: ref.number,
    version: known?.version,
    versionLabel: known?.versionLabel,
    state: known?.state,
    percentage: known?.percentage,
  };
}

/** What every line about this event carries. */
function commonFields(event: WatchdogEvent, context: LogContext): JsonObject {
  const fields: Readonly<Partial<Record<CommonField, JsonObject[string]>>> = {
    event: event.kind,
    at: time(event.at),
    ...identity(refOf(event), deploymentOf(event, context)),
    ...('target' in event ? { target: event.target } : {}),
    ...('application' in event ? { application: { ...event.application }, environment: { ...event.environment } } : {}),
    ...('state' in event ? { state: event.state } : {}),
    ...('watch' in event ? { policy: event.watch.policy } : {}),
    mode: 'mode' in event ? event.mode : context.mode,
  };
  return { ...fields };
}

function titleOf(event: WatchdogEvent, context: LogContext): string {
  const known = deploymentOf(event, context);
  if (known !== undefined) return plainText(deploymentTitle(known));
  const ref = refOf(event);
  return ref === undefined ? '' : plainText(`${ref.applicationId}/${ref.environmentId}/${ref.number}`);
}

/** The line of an event: level, sentence, and every field. */
export function tell(event: WatchdogEvent, context: LogContext): Telling {
  const telling = VOCABULARY[event.kind].tell(event, titleOf(event, context), context);
  const critical = telling.critical ? { critical: true } : {};
  return { ...telling, fields: { ...commonFields(event, context), ...critical, ...telling.fields } };
}

/** An event log entry as it stands in an answer of AWS, or the same from a snapshot. */
function entriesOf(event: WatchdogEvent): readonly JsonObject[] {
  if (event.kind === 'deployment-observed' || event.kind === 'deployment-discovered') {
    const entries = event.kind === 'deployment-observed' ? event.news : event.snapshot.events;
    return entries.map((one) => ({
      EventType: one.type,
      TriggeredBy: one.triggeredBy,
      Description: one.description,
      OccurredAt: time(one.at),
      ActionInvocations: one.actions,
    }));
  }
  const log = event.kind === 'stop-settled' ? event.answer.EventLog : undefined;
  if (!Array.isArray(log)) return [];
  return log.flatMap((one) => (typeof one === 'object' && one !== null && !Array.isArray(one) ? [one] : [])).reverse();
}

/** The lines `deployment-event` that follow an event: the entries it brought that had no line yet, oldest first. */
export function tellEntries(event: WatchdogEvent, context: LogContext): readonly Telling[] {
  const title = titleOf(event, context);
  const news = entriesOf(event).filter((one) => context.isNews?.(one) ?? true);
  return news.map((one) => ({
    level: 'info',
    critical: false,
    message: plainText(`${title} ${one.EventType} by ${one.TriggeredBy}: ${one.Description}`, 1_000),
    fields: { ...one, ...commonFields(event, context), event: 'deployment-event' },
  }));
}
