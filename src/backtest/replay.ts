/** Decides a recorded watch again: the recorded events are folded, and the daemon's own `decide` is asked at every look. */
import { type Circumstances, type DecisionPolicy, decide } from '../core/decide.ts';
import { exposureAt, stageOf } from '../core/deployment.ts';
import type { WatchdogEvent, WatchEvent } from '../core/event.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Verdict } from '../core/verdict.ts';
import { fold, type Watch } from '../core/watch.ts';
import { type Action, type Look, looksOf, recordedActions, type WatchRecord } from './record.ts';

export interface ReplayPolicy extends DecisionPolicy {
  /** Names of its rules. */
  readonly rules: readonly string[];
}

type Judged = Extract<WatchEvent, { readonly kind: 'rule-judged' }>;
type Discovered = Extract<WatchEvent, { readonly kind: 'deployment-discovered' }>;

/** What is decided that close to what was recorded is the same decision. */
const SAME_TIME: Duration = 30_000;
/** Where nothing was recorded the daemon may have looked as seldom as this. */
const SAME_LOOK: Duration = 90_000;

const tolerance = ({ assumed }: Pick<Action, 'assumed'>) => (assumed === true ? SAME_LOOK : SAME_TIME);

interface State {
  watch: Watch | undefined;
  circuit: Circumstances['circuit'];
  held: boolean;
  /** The record goes on in a world that this replay has left. */
  over: boolean;
  /** The look left nothing on record. */
  assumed: boolean;
  readonly actions: Action[];
}

function takeCircumstances(state: State, event: WatchdogEvent): void {
  if (event.kind === 'circuit-opened') state.circuit = 'open';
  if (event.kind === 'circuit-closed') state.circuit = 'closed';
  if (event.kind === 'deployment-held') state.held = true;
  if (event.kind === 'hold-released') state.held = false;
}

function isRunning({ deployment }: Watch): boolean {
  const stage = stageOf(deployment.state);
  return stage !== 'completed' && stage !== 'undone';
}

/**
 * Every action the record would lead to. `verdictOf` says what a recorded verdict is now; undefined: the rule is no more.
 * `renewedBy`: the policy from there on, where the watch went on under a changed one.
 */
export function replay(
  record: WatchRecord,
  first: ReplayPolicy,
  verdictOf: (event: Judged) => Verdict | undefined,
  renewedBy: (event: Discovered) => ReplayPolicy | undefined = () => undefined,
): readonly Action[] {
  const { watch: ref, deployment } = record;
  let policy = first;
  const state: State = { watch: undefined, circuit: 'closed', held: false, over: false, assumed: false, actions: [] };
  const recordedStops = record.events.filter((event) => event.kind === 'stop-decided').map(({ at }) => at);
  const take = (event: WatchEvent) => {
    state.watch = fold(state.watch, event);
  };

  function act(at: Instant, freshSince: Instant): void {
    const { watch, circuit, held, actions } = state;
    if (watch === undefined || state.over) return;
    const header = { at, exposure: exposureAt(deployment, at), ...(state.assumed ? { assumed: true as const } : {}) };
    const decision = decide(policy, watch, at, { circuit, freshSince, held });
    switch (decision.kind) {
      case 'keep-watching':
        return;
      case 'withhold': {
        const { reason, because } = decision;
        if (watch.withheld.includes(reason)) return;
        actions.push({ kind: 'withhold', ...header, reason, because });
        take({ kind: 'stop-withheld', at, watch: ref, reason, because });
        return;
      }
      case 'stop': {
        const { because, evidenceAt } = decision;
        if (watch.stop === undefined) actions.push({ kind: 'stop', ...header, because });
        take({ kind: 'stop-decided', at, watch: ref, because, evidenceAt });
        // What became of a stop is only on record where there was one.
        state.over = !recordedStops.some((stoppedAt) => Math.abs(stoppedAt - at) <= tolerance(header));
        return;
      }
      case 'conclude-recovery': {
        const { recovery, because } = decision;
        actions.push({ kind: 'recovery', ...header, recovery, because });
        take({ kind: 'recovery-judged', at, watch: ref, recovery, because });
        act(at, freshSince);
        return;
      }
      case 'release': {
        const { because, unjudged, unstopped } = decision;
        if (unstopped.length > 0) actions.push({ kind: 'too-late', ...header, because: unstopped });
        take({ kind: 'watch-released', at, watch: ref, because, finalState: watch.deployment.state, unjudged });
        state.over = true;
        return;
      }
    }
  }

  function takeRecordedStop(event: Extract<WatchEvent, { readonly kind: 'stop-decided' }>, freshSince: Instant): void {
    const header = { at: event.at, exposure: exposureAt(deployment, event.at) };
    if (event.by?.kind === 'operator') {
      if (state.watch?.stop === undefined) {
        state.actions.push({ kind: 'operator-stop', ...header, because: event.because });
      }
      take(event);
      return;
    }
    // It was decided by what was known up to here: so is this one.
    act(event.at, freshSince);
    // Without this stop nobody knows how it would have gone on.
    if (state.watch?.stop === undefined) state.over = true;
    else take(event);
  }

  function step(event: WatchdogEvent, freshSince: Instant): void {
    switch (event.kind) {
      case 'deployment-discovered':
        policy = renewedBy(event) ?? policy;
        take({ ...event, mode: policy.mode, rules: policy.rules });
        return;
      case 'deployment-observed':
      case 'stop-concluded':
        take(event);
        return;
      case 'rule-judged': {
        const verdict = policy.rules.includes(event.rule) ? verdictOf(event) : undefined;
        if (verdict === undefined) return;
        take({ ...event, verdict });
        if (verdict.kind === 'breached' && state.watch !== undefined && isRunning(state.watch))
          act(event.at, freshSince);
        return;
      }
      case 'stop-decided':
        takeRecordedStop(event, freshSince);
        return;
      default:
        return;
    }
  }

  /** What was not recorded in this look was as it had been: every look asks every rule. */
  function carryOn({ at, events }: Look): void {
    const judgedHere = new Set(events.flatMap((event) => (event.kind === 'rule-judged' ? [event.rule] : [])));
    for (const { rule, verdict } of Object.values(state.watch?.rules ?? {})) {
      if (verdict === undefined || judgedHere.has(rule)) continue;
      take({ kind: 'rule-judged', at, watch: ref, rule, verdict });
    }
  }

  for (const look of looksOf(record)) {
    for (const event of look.events) takeCircumstances(state, event);
    if (!look.looks) continue;
    state.assumed = look.events.length === 0;
    carryOn(look);
    for (const event of look.events) if (!state.over) step(event, look.at);
    act(Math.max(look.at, ...look.events.map(({ at }) => at)), look.at);
    if (state.over || state.watch?.phase === 'released') break;
  }
  return state.actions;
}

export type Comparison =
  | { readonly same: true }
  /** The first place where the two part; what is undefined did not happen. */
  | { readonly same: false; readonly recorded: Action | undefined; readonly replayed: Action | undefined };

function isSame(recorded: Action, replayed: Action): boolean {
  if (Math.abs(recorded.at - replayed.at) > tolerance(replayed)) return false;
  if (recorded.kind === 'withhold') return replayed.kind === 'withhold' && recorded.reason === replayed.reason;
  if (recorded.kind === 'recovery') return replayed.kind === 'recovery' && recorded.recovery === replayed.recovery;
  return recorded.kind === replayed.kind;
}

/** Where a replay parts from what was recorded. */
export function compare(record: WatchRecord, replayed: readonly Action[]): Comparison {
  const recorded = recordedActions(record);
  for (let index = 0; index < Math.max(recorded.length, replayed.length); index++) {
    const [was, is] = [recorded[index], replayed[index]];
    if (was === undefined || is === undefined || !isSame(was, is)) return { same: false, recorded: was, replayed: is };
  }
  return { same: true };
}
