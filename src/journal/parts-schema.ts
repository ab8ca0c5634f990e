/** Schemas of the parts that events are made of: lenient to fields of tomorrow, strict about those the program reads. */

import { z } from 'zod';
import type { Alert } from '../core/alert.ts';
import type { Calibration } from '../core/calibration.ts';
import type { Condition } from '../core/condition.ts';
import type { Deployment, DeploymentRef } from '../core/deployment.ts';
import type { Schedule, StopActor, StopOutcome, WatchRef } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import type { JsonObject } from '../core/json.ts';
import type { Terms } from '../core/terms.ts';
import type { Verdict } from '../core/verdict.ts';
import { once } from '../lib/once.ts';

/** What is read here came out of JSON.parse, so every object in it is a JSON object. */
export const jsonObject = once(() =>
  z.custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  ),
);
export const texts = once(() => z.array(z.string()));

const condition = once(
  (): z.ZodType<Condition> =>
    z.lazy(() =>
      z.union([
        z.looseObject({ kind: z.literal('rule'), rule: z.string() }),
        z.looseObject({ kind: z.enum(['any', 'all']), of: z.array(condition()) }),
        z.looseObject({ kind: z.literal('atLeast'), count: z.number(), of: z.array(condition()) }),
      ]),
    ),
);

export const terms = once(
  (): z.ZodType<Terms> =>
    z.looseObject({
      stopWhen: condition(),
      onUnknown: z.looseObject({ after: z.number(), do: z.enum(['hold', 'stop']) }),
      baking: z.enum(['stop', 'ignore']),
      verify: z.looseObject({ for: z.number() }),
    }),
);

export const deploymentRef = once(
  (): z.ZodType<DeploymentRef> =>
    z.looseObject({
      target: z.string(),
      region: z.string(),
      applicationId: z.string(),
      environmentId: z.string(),
      number: z.number(),
    }),
);

export const watchRef = once(
  (): z.ZodType<WatchRef> => z.looseObject({ deployment: deploymentRef(), policy: z.string() }),
);

export const named = once(() => z.looseObject({ id: z.string(), name: z.string() }));

export const deploymentEvent = once(() =>
  z.looseObject({
    type: z.string(),
    triggeredBy: z.string(),
    description: z.string(),
    at: z.number(),
    actions: z.array(jsonObject()),
  }),
);

export const deployment = once(
  (): z.ZodType<Deployment> =>
    z.looseObject({
      ref: deploymentRef(),
      account: z.string().exactOptional(),
      application: named(),
      environment: named(),
      profile: named(),
      version: z.string(),
      versionLabel: z.string().exactOptional(),
      description: z.string().exactOptional(),
      type: z.string(),
      state: z.string(),
      percentage: z.number(),
      startedAt: z.number(),
      completedAt: z.number().exactOptional(),
      growthType: z.string(),
      growthFactor: z.number(),
      durationMinutes: z.number(),
      bakeMinutes: z.number(),
      events: z.array(deploymentEvent()),
    }),
);

export const failure = once(
  (): z.ZodType<Failure> =>
    z.looseObject({
      reason: z.enum([
        'auth',
        'throttled',
        'timeout',
        'network',
        'unavailable',
        'not-found',
        'rejected',
        'malformed',
        'aborted',
        'internal',
      ]),
      retryable: z.boolean(),
      message: z.string(),
      code: z.string().exactOptional(),
      status: z.number().exactOptional(),
      requestId: z.string().exactOptional(),
    }),
);

export const verdict = once(
  (): z.ZodType<Verdict> =>
    z.discriminatedUnion('kind', [
      z.looseObject({
        kind: z.enum(['healthy', 'breached', 'inconclusive']),
        because: z.string(),
        evidence: jsonObject().exactOptional(),
      }),
      z.looseObject({ kind: z.literal('unknown'), because: z.string(), failure: failure() }),
    ]),
);

export const stopActor = once(
  (): z.ZodType<StopActor> =>
    z.discriminatedUnion('kind', [
      z.looseObject({ kind: z.literal('policy'), policy: z.string() }),
      z.looseObject({ kind: z.literal('operator'), name: z.string(), reason: z.string() }),
    ]),
);

export const stopOutcome = once(
  (): z.ZodType<StopOutcome> =>
    z.discriminatedUnion('kind', [
      z.looseObject({ kind: z.enum(['rolled-back', 'reverted']), attempts: z.number() }),
      z.looseObject({ kind: z.literal('already-over'), state: z.string(), attempts: z.number() }),
      z.looseObject({ kind: z.literal('failed'), failure: failure(), attempts: z.number() }),
    ]),
);

export const alert = once(
  (): z.ZodType<Alert> =>
    z.looseObject({
      key: z.string(),
      name: z.string(),
      state: z.enum(['firing', 'resolved', 'other']),
      status: z.string(),
      labels: z.record(z.string(), z.string()),
      since: z.number().exactOptional(),
      summary: z.string(),
      url: z.string().exactOptional(),
    }),
);

const risingForm = once(() =>
  z.looseObject({
    kind: z.literal('rising'),
    rise: z.number(),
    learnt: z.looseObject({ weights: z.array(z.number()), offset: z.number(), scale2: z.number() }).exactOptional(),
  }),
);
/** Of a later version: read, and not used. */
const laterForm = once(() => z.looseObject({ kind: z.string().refine((kind) => kind !== 'rising') }));

export const calibration = once(
  (): z.ZodType<Calibration> =>
    z.discriminatedUnion('kind', [
      z.looseObject({
        kind: z.literal('calibrated'),
        etas: z.array(z.number()),
        logNeeded: z.number().exactOptional(),
        form: z.union([risingForm(), laterForm()]).exactOptional(),
        bound: z.number().exactOptional(),
        placebos: z.number(),
        falseStops: z.number(),
        met: z.boolean(),
        at: z.number(),
        level: z.looseObject({ low: z.number(), high: z.number() }).exactOptional(),
      }),
      z.looseObject({ kind: z.literal('uncalibrated'), because: z.string() }),
    ]),
);

export const schedule = once(
  (): z.ZodType<Schedule> =>
    z.looseObject({
      growthType: z.string(),
      growthFactor: z.number(),
      durationMinutes: z.number(),
      bakeMinutes: z.number(),
    }),
);
