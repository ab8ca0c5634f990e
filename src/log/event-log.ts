/** Tells events one after the other, with what earlier ones said: names, and what need not be said twice. */
import type { Logger } from 'pino';
import { type Deployment, type DeploymentRef, refKey } from '../core/deployment.ts';
import type { Mode, WatchdogEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { VerdictKind } from '../core/verdict.ts';
import type { LogContext } from './entry.ts';
import { logEvent } from './logger.ts';

/** What is remembered of a deployment while any watch of it goes on. */
interface Memory {
  deployment?: Deployment;
  /** Event log entries that had a line. */
  readonly told: Set<string>;
  readonly policies: Map<string, PolicyMemory>;
}

interface PolicyMemory {
  mode: Mode | undefined;
  /** By rule. */
  readonly verdicts: Map<string, VerdictKind>;
}

function refOf(event: WatchdogEvent): DeploymentRef | undefined {
  if ('watch' in event) return event.watch.deployment;
  return 'deployment' in event ? event.deployment : undefined;
}

function entryKey(entry: JsonObject): string {
  return JSON.stringify([entry.EventType, entry.OccurredAt, entry.Description]);
}

/** Takes in what an event says for later lines; what it says about this very line is the context. */
function learn(memory: Memory, event: WatchdogEvent): LogContext {
  if ('snapshot' in event) memory.deployment = event.snapshot;
  const policy = 'watch' in event ? policyOf(memory, event.watch.policy) : undefined;
  if (policy !== undefined && event.kind === 'deployment-discovered') policy.mode = event.mode;
  const isNews = (entry: JsonObject) => {
    const key = entryKey(entry);
    return !memory.told.has(key) && memory.told.add(key).size > 0;
  };
  const { deployment } = memory;
  const mode = policy?.mode;
  const repeated = policy !== undefined && repeats(policy, event);
  return { isNews, repeats: repeated, ...(deployment ? { deployment } : {}), ...(mode ? { mode } : {}) };
}

function policyOf({ policies }: Memory, policy: string): PolicyMemory {
  const kept = policies.get(policy);
  if (kept !== undefined) return kept;
  const made: PolicyMemory = { mode: undefined, verdicts: new Map() };
  policies.set(policy, made);
  return made;
}

/** Whether a rule says the same kind of verdict as the last time. */
function repeats({ verdicts }: PolicyMemory, event: WatchdogEvent): boolean {
  if (event.kind !== 'rule-judged') return false;
  const before = verdicts.get(event.rule);
  verdicts.set(event.rule, event.verdict.kind);
  return before === event.verdict.kind;
}

/** `known` are deployments that later events name only by their ids. */
export function eventLog(logger: Logger, known: readonly Deployment[] = []): (event: WatchdogEvent) => void {
  const memories = new Map<string, Memory>();
  const memoryOf = (key: string): Memory => {
    const kept = memories.get(key);
    if (kept !== undefined) return kept;
    const made: Memory = { told: new Set(), policies: new Map() };
    memories.set(key, made);
    return made;
  };
  for (const deployment of known) memoryOf(refKey(deployment.ref)).deployment = deployment;
  return (event) => {
    const ref = refOf(event);
    if (ref === undefined) {
      logEvent(logger, event);
      return;
    }
    const key = refKey(ref);
    const memory = memoryOf(key);
    logEvent(logger, event, learn(memory, event));
    if (event.kind !== 'watch-released') return;
    memory.policies.delete(event.watch.policy);
    if (memory.policies.size === 0) memories.delete(key);
  };
}
