/** AppConfig's answers turned into the watchdog's words; lenient, since members and values of tomorrow must not break it. */
import type { GetDeploymentCommandOutput } from '@aws-sdk/client-appconfig';
import { instantOf, listOf, numberOf, textOf } from '../aws/members.ts';
import type { Deployment, DeploymentEvent, DeploymentRef } from '../core/deployment.ts';
import { FailureError } from '../core/failure.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { iso } from '../core/time.ts';
import type { Place } from './port.ts';

const DEEPEST = 32;

function toJson(value: unknown, depth: number): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : iso(value.getTime());
  if (depth >= DEEPEST || typeof value !== 'object') return undefined;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1) ?? null);
  return objectToJson(value, depth + 1);
}

function objectToJson(value: object, depth: number): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    const json = key === '$metadata' ? undefined : toJson(member, depth);
    if (json !== undefined) entries.push([key, json]);
  }
  return Object.fromEntries(entries);
}

/** Every field of an SDK answer as JSON, dates in ISO, without the SDK's own metadata. */
export function answerToJson(output: object): JsonObject {
  return objectToJson(output, 0);
}

/** AWS takes no description of more than 1,024 characters; one is held, recorded and compared over and over. */
const LONGEST_DESCRIPTION = 8_192;

function cut(text: string): string {
  return text.length > LONGEST_DESCRIPTION ? `${text.slice(0, LONGEST_DESCRIPTION).toWellFormed()}…` : text;
}

type WireEvent = NonNullable<GetDeploymentCommandOutput['EventLog']>[number];

function readEvent(event: WireEvent): DeploymentEvent {
  return {
    type: textOf(event.EventType, 'GetDeployment: EventType') ?? 'UNKNOWN',
    triggeredBy: textOf(event.TriggeredBy, 'GetDeployment: TriggeredBy') ?? 'UNKNOWN',
    description: cut(textOf(event.Description, 'GetDeployment: Description of an event') ?? ''),
    at: instantOf(event.OccurredAt, 'GetDeployment: OccurredAt') ?? 0,
    actions: listOf(event.ActionInvocations, 'GetDeployment: ActionInvocations').map((action) => answerToJson(action)),
  };
}

function malformed(ref: DeploymentRef, what: string): FailureError {
  const place = `${ref.applicationId}/${ref.environmentId}/${ref.number}`;
  return new FailureError({
    reason: 'malformed',
    retryable: true,
    message: `GetDeployment: the answer about ${place} has no ${what}`,
  });
}

const text = (output: GetDeploymentCommandOutput, member: keyof GetDeploymentCommandOutput) =>
  textOf(output[member], `GetDeployment: ${member}`);
const count = (output: GetDeploymentCommandOutput, member: keyof GetDeploymentCommandOutput) =>
  numberOf(output[member], `GetDeployment: ${member}`) ?? 0;

function optional(output: GetDeploymentCommandOutput): Partial<Deployment> {
  const completedAt = instantOf(output.CompletedAt, 'GetDeployment: CompletedAt');
  const versionLabel = text(output, 'VersionLabel');
  const description = text(output, 'Description');
  return {
    ...(versionLabel === undefined ? {} : { versionLabel }),
    ...(description === undefined ? {} : { description: cut(description) }),
    ...(completedAt === undefined ? {} : { completedAt }),
  };
}

/** Throws FailureError `malformed` when the answer lacks what no decision can do without: State and StartedAt. */
export function readDeployment(output: GetDeploymentCommandOutput, ref: DeploymentRef, place: Place): Deployment {
  const startedAt = instantOf(output.StartedAt, 'GetDeployment: StartedAt');
  const state = text(output, 'State');
  if (state === undefined) throw malformed(ref, 'State');
  if (startedAt === undefined) throw malformed(ref, 'StartedAt');
  return {
    ref,
    ...(place.account === undefined ? {} : { account: place.account }),
    application: place.application,
    environment: place.environment,
    profile: {
      id: text(output, 'ConfigurationProfileId') ?? '',
      name: text(output, 'ConfigurationName') ?? text(output, 'ConfigurationProfileId') ?? '',
    },
    version: text(output, 'ConfigurationVersion') ?? '',
    type: place.type,
    state,
    percentage: count(output, 'PercentageComplete'),
    startedAt,
    growthType: text(output, 'GrowthType') ?? 'UNKNOWN',
    growthFactor: count(output, 'GrowthFactor'),
    durationMinutes: count(output, 'DeploymentDurationInMinutes'),
    bakeMinutes: count(output, 'FinalBakeTimeInMinutes'),
    events: listOf(output.EventLog, 'GetDeployment: EventLog').map(readEvent).reverse(),
    ...optional(output),
  };
}
