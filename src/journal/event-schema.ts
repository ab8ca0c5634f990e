/** Reads a journal record's JSON back as the typed event it was; what this version does not know stays opaque. */
import { z } from 'zod';
import type { EventKind, WatchdogEvent } from '../core/event.ts';
import { once } from '../lib/once.ts';
import {
  alert,
  calibration,
  deployment,
  deploymentEvent,
  deploymentRef,
  failure,
  jsonObject,
  named,
  schedule,
  stopActor,
  stopOutcome,
  terms,
  texts,
  verdict,
  watchRef,
} from './parts-schema.ts';

const at = z.number();
const requestId = z.string().exactOptional();

// Each is made when the first record of its kind is read: most starts read few kinds, and making all takes its time.
const ofWatch = <Kind extends EventKind, Shape extends z.ZodRawShape>(kind: Kind, shape: () => Shape) =>
  once(() => z.looseObject({ kind: z.literal(kind), at, watch: watchRef(), ...shape() }));
const ofStop = <Kind extends EventKind, Shape extends z.ZodRawShape>(kind: Kind, shape: () => Shape) =>
  once(() => z.looseObject({ kind: z.literal(kind), at, deployment: deploymentRef(), ...shape() }));
const ofDaemon = <Kind extends EventKind, Shape extends z.ZodRawShape>(kind: Kind, shape: () => Shape) =>
  once(() => z.looseObject({ kind: z.literal(kind), at, ...shape() }));

type Schemas = { readonly [Kind in EventKind]: () => z.ZodType<Extract<WatchdogEvent, { kind: Kind }>> };

/** One schema per kind: a new kind in core/event.ts does not compile until it stands here. */
const SCHEMAS: Schemas = {
  'deployment-discovered': ofWatch('deployment-discovered', () => ({
    mode: z.enum(['enforce', 'observe']),
    snapshot: deployment(),
    rules: texts(),
    terms: terms().exactOptional(),
  })),
  'deployment-observed': ofWatch('deployment-observed', () => ({
    snapshot: deployment(),
    news: z.array(deploymentEvent()),
  })),
  'rule-judged': ofWatch('rule-judged', () => ({ rule: z.string(), verdict: verdict() })),
  'rule-unknown-too-long': ofWatch('rule-unknown-too-long', () => ({
    rule: z.string(),
    since: z.number(),
    failure: failure(),
    action: z.enum(['hold', 'stop']),
  })),
  'rule-known-again': ofWatch('rule-known-again', () => ({ rule: z.string(), unknownFor: z.number() })),
  'stop-withheld': ofWatch('stop-withheld', () => ({
    reason: z.enum(['observe', 'baking-ignored', 'circuit-open', 'held']),
    because: texts(),
  })),
  'stop-decided': ofWatch('stop-decided', () => ({
    because: texts(),
    evidenceAt: z.number(),
    by: stopActor().exactOptional(),
  })),
  'stop-concluded': ofWatch('stop-concluded', () => ({ outcome: stopOutcome() })),
  'recovery-judged': ofWatch('recovery-judged', () => ({
    recovery: z.enum(['recovered', 'not-recovered', 'cannot-tell']),
    because: texts(),
  })),
  'watch-released': ofWatch('watch-released', () => ({
    because: z.string(),
    finalState: z.string(),
    unjudged: texts(),
    unstopped: texts().exactOptional(),
  })),
  'stop-requested': ofStop('stop-requested', () => ({
    by: stopActor(),
    because: texts(),
    allowRevert: z.boolean(),
    resumes: z.boolean(),
  })),
  'stop-attempt-failed': ofStop('stop-attempt-failed', () => ({
    attempt: z.number(),
    failure: failure(),
    willRetry: z.boolean(),
    retryIn: z.number().exactOptional(),
    allowRevert: z.boolean(),
  })),
  'stop-answered': ofStop('stop-answered', () => ({
    attempt: z.number(),
    allowRevert: z.boolean(),
    answer: jsonObject(),
    requestId,
    duration: z.number(),
  })),
  'stop-overdue': ofStop('stop-overdue', () => ({ state: z.string(), waited: z.number() })),
  'stop-settled': ofStop('stop-settled', () => ({
    by: stopActor(),
    because: texts(),
    outcome: stopOutcome(),
    answer: jsonObject(),
    snapshot: deployment(),
    duration: z.number(),
    stopRequestId: requestId,
    requestId,
  })),
  'stop-failed': ofStop('stop-failed', () => ({ failure: failure(), attempts: z.number(), duration: z.number() })),
  'deployment-held': ofStop('deployment-held', () => ({ by: z.string(), reason: z.string() })),
  'hold-released': ofStop('hold-released', () => ({ by: z.string(), reason: z.string() })),
  'daemon-started': ofDaemon('daemon-started', () => ({ version: z.string(), targets: texts(), policies: texts() })),
  'daemon-stopping': ofDaemon('daemon-stopping', () => ({ signal: z.string(), stopsInFlight: z.number() })),
  'daemon-stopped': ofDaemon('daemon-stopped', () => ({ clean: z.boolean() })),
  'policy-loaded': ofDaemon('policy-loaded', () => ({
    file: z.string(),
    digest: z.string(),
    policies: texts(),
    reload: z.boolean(),
  })),
  'policy-rejected': ofDaemon('policy-rejected', () => ({ file: z.string(), errors: texts() })),
  'target-unreachable': ofDaemon('target-unreachable', () => ({ target: z.string(), failure: failure() })),
  'target-reachable': ofDaemon('target-reachable', () => ({ target: z.string(), unreachableFor: z.number() })),
  'discovery-incomplete': ofDaemon('discovery-incomplete', () => ({
    target: z.string(),
    what: z.string(),
    failure: failure(),
  })),
  unguarded: ofDaemon('unguarded', () => ({
    target: z.string(),
    what: z.string(),
    since: z.number(),
    failure: failure(),
  })),
  'guarded-again': ofDaemon('guarded-again', () => ({
    target: z.string(),
    what: z.string(),
    unguardedFor: z.number(),
    left: z.number(),
  })),
  'deployment-missed': ofDaemon('deployment-missed', () => ({
    target: z.string(),
    application: named(),
    environment: named(),
    number: z.number(),
    state: z.string(),
    startedAt: z.number().exactOptional(),
  })),
  'cycle-failed': ofDaemon('cycle-failed', () => ({ target: z.string(), failure: failure() })),
  'cycle-overran': ofDaemon('cycle-overran', () => ({ target: z.string(), duration: z.number() })),
  'rule-calibrated': ofDaemon('rule-calibrated', () => ({
    target: z.string(),
    policy: z.string(),
    rule: z.string(),
    application: named(),
    environment: named(),
    calibration: calibration(),
    digest: z.string().exactOptional(),
    schedule: schedule().exactOptional(),
    why: z.string().exactOptional(),
    duration: z.number().exactOptional(),
    insists: z.literal(true).exactOptional(),
    keepsFormer: z.literal(true).exactOptional(),
  })),
  'circuit-opened': ofDaemon('circuit-opened', () => ({ stops: z.number(), within: z.number() })),
  'circuit-closed': ofDaemon('circuit-closed', () => ({ by: z.string(), reason: z.string() })),
  'hook-heard': ofDaemon('hook-heard', () => ({ hook: z.string() })),
  'alert-received': ofDaemon('alert-received', () => ({ hook: z.string(), alert: alert() })),
  'message-set-aside': ofDaemon('message-set-aside', () => ({
    queue: z.string(),
    because: z.string(),
    body: z.string(),
  })),
  'thread-opened': ofDaemon('thread-opened', () => ({ notifier: z.string(), thread: z.string(), id: z.string() })),
  'journal-failed': ofDaemon('journal-failed', () => ({ failure: failure(), lost: z.number() })),
  'journal-recovered': ofDaemon('journal-recovered', () => ({ lost: z.number() })),
};

const isKind = (kind: string): kind is EventKind => Object.hasOwn(SCHEMAS, kind);

/** The event in a parsed record, or undefined when its kind or shape is not one this version reads. */
export function readEvent(kind: string, data: unknown): WatchdogEvent | undefined {
  if (!isKind(kind)) return undefined;
  const result = SCHEMAS[kind]().safeParse(data);
  return result.success ? result.data : undefined;
}

/** Every kind of event there is, in the order of core/event.ts. */
export const EVENT_KINDS: readonly EventKind[] = Object.keys(SCHEMAS).filter(isKind);
