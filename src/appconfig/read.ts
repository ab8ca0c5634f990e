/** AppConfig's answers turned into the watchdog's words; lenient, since members and values of tomorrow must not break it. */
import type { GetDeploymentCommandOutput } from '@aws-sdk/client-appconfig';
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

type WireEvent = NonNullable<GetDeploymentCommandOutput['EventLog']>[number];

function readEvent(event: WireEvent): DeploymentEvent {
  return {
    type: event.EventType ?? 'UNKNOWN',
    triggeredBy: event.TriggeredBy ?? 'UNKNOWN',
    description: event.Description ?? '',
    at: event.OccurredAt?.getTime() ?? 0,
    actions: (event.ActionInvocations ?? []).map((action) => answerToJson(action)),
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

function optional(output: GetDeploymentCommandOutput): Partial<Deployment> {
  const completedAt = output.CompletedAt?.getTime();
  return {
    ...(output.VersionLabel === undefined ? {} : { versionLabel: output.VersionLabel }),
    ...(output.Description === undefined ? {} : { description: output.Description }),
    ...(completedAt === undefined ? {} : { completedAt }),
  };
}

/** Throws FailureError `malformed` when the answer lacks what no decision can do without: State and StartedAt. */
export function readDeployment(output: GetDeploymentCommandOutput, ref: DeploymentRef, place: Place): Deployment {
  const startedAt = output.StartedAt?.getTime();
  if (output.State === undefined) throw malformed(ref, 'State');
  if (startedAt === undefined || Number.isNaN(startedAt)) throw malformed(ref, 'StartedAt');
  return {
    ref,
    ...(place.account === undefined ? {} : { account: place.account }),
    application: place.application,
    environment: place.environment,
    profile: {
      id: output.ConfigurationProfileId ?? '',
      name: output.ConfigurationName ?? output.ConfigurationProfileId ?? '',
    },
    version: output.ConfigurationVersion ?? '',
    type: place.type,
    state: output.State,
    percentage: output.PercentageComplete ?? 0,
    startedAt,
    growthType: output.GrowthType ?? 'UNKNOWN',
    growthFactor: output.GrowthFactor ?? 0,
    durationMinutes: output.DeploymentDurationInMinutes ?? 0,
    bakeMinutes: output.FinalBakeTimeInMinutes ?? 0,
    events: (output.EventLog ?? []).map(readEvent).reverse(),
    ...optional(output),
  };
}
