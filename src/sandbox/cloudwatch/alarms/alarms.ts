/** The alarms of one account and region, brought up to date whenever somebody asks. */
import type { Instant } from '../../../core/time.ts';
import { Rejection } from '../rejection.ts';
import { type Alarm, type AlarmStatus, type CompositeAlarm, cadenceOf, type MetricAlarm, type Test } from './alarm.ts';
import { evaluateTest, type Readable } from './evaluate.ts';
import { configurationUpdate, createHistory, type History, stateUpdate } from './history.ts';
import { EXTRA_PERIODS } from './judge.ts';
import { reasonDataOf, reasonOf, stamp } from './reasons.ts';
import { alarmsIn, holds } from './rule.ts';
import type { AlarmState } from './state.ts';

/** An alarm as it is put: its state, where it is new, and its next evaluation are decided here. */
type PutAlarm =
  | Omit<MetricAlarm, 'arn' | 'status' | 'nextAt' | 'evaluationError'>
  | Omit<CompositeAlarm, 'arn' | 'status'>;

export interface Alarms {
  /** Brings every alarm's state up to `now`; called before data arrive, so that late data count only from then on. */
  evaluate(now: Instant): void;
  /** By name or ARN, up to date. */
  find(arnOrName: string): Alarm | undefined;
  /** In the order of their names, up to date. */
  all(): readonly Alarm[];
  /** An alarm of this name keeps its state and gets the new configuration. */
  put(alarm: PutAlarm, initial: AlarmStatus): Alarm;
  remove(name: string): void;
  /** Until the next evaluation. */
  setState(name: string, state: AlarmState, reason: string, reasonData: string | undefined): void;
  setActionsEnabled(name: string, enabled: boolean): void;
  readonly history: History;
  /** By alarm name. */
  readonly tags: Map<string, Map<string, string>>;
}

export function createAlarms(options: Readable & { readonly region: string; readonly now: () => Instant }): Alarms {
  const { now, account, region } = options;
  const byName = new Map<string, Alarm>();
  const history = createHistory();
  const tags = new Map<string, Map<string, string>>();
  const arnOf = (name: string) => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;
  const prefix = arnOf('');
  const peek = (arnOrName: string) =>
    byName.get(arnOrName.startsWith(prefix) ? arnOrName.slice(prefix.length) : arnOrName);

  /** Stores a state; a state that stays the same keeps its reason and its times, as CloudWatch does. */
  const change = (alarm: Alarm, to: Omit<AlarmStatus, 'updatedAt' | 'transitionedAt'>, at: Instant): boolean => {
    if (alarm.status.value === to.value) return false;
    const next = { ...alarm, status: { ...to, updatedAt: at, transitionedAt: at } };
    byName.set(alarm.name, next);
    history.add(stateUpdate(next, alarm.status, at));
    return true;
  };

  const evaluateMetric = (alarm: MetricAlarm, at: Instant, until: Instant): boolean => {
    const outcome = outcomeOf(alarm, options, at);
    const next = { ...alarm, nextAt: nextLook(alarm.test, options, at, until), evaluationError: outcome.error };
    byName.set(alarm.name, next);
    return outcome.to !== undefined && change(next, outcome.to, at);
  };

  const evaluateComposite = (alarm: CompositeAlarm, cause: string, at: Instant): boolean => {
    const value = holds(alarm.rule, (name) => peek(name)?.status.value) ? 'ALARM' : 'OK';
    const children = new Set(alarmsIn(alarm.rule).flatMap((name) => peek(name) ?? []));
    const triggering = Array.from(children, (child) => ({
      arn: child.arn,
      state: { value: child.status.value, timestamp: stamp(child.status.transitionedAt) },
    }));
    const reasonData = JSON.stringify({ triggeringAlarms: triggering });
    return change(alarm, { value, reason: cause, reasonData }, at);
  };

  /** Composites follow their children; each round may change composites that others name. */
  const follow = (changed: readonly string[], at: Instant): void => {
    let names = changed;
    for (let round = 0; names.length > 0 && round <= byName.size; round++) {
      const dependants = [...byName.values()].filter((alarm) => alarm.kind === 'composite');
      names = dependants.flatMap((composite) => {
        const child = alarmsIn(composite.rule)
          .map(peek)
          .find((each) => each !== undefined && names.includes(each.name));
        return child && evaluateComposite(composite, transitionOf(child), at) ? [composite.name] : [];
      });
    }
  };

  const evaluate = (until: Instant): void => {
    for (;;) {
      const metrics = [...byName.values()].filter((alarm) => alarm.kind === 'metric');
      const at = metrics.reduce((earliest, alarm) => Math.min(earliest, alarm.nextAt), Number.POSITIVE_INFINITY);
      if (at > until) return;
      const due = metrics.filter((alarm) => alarm.nextAt === at);
      follow(
        due.filter((alarm) => evaluateMetric(alarm, at, until)).map(({ name }) => name),
        at,
      );
    }
  };

  return {
    history,
    tags,
    evaluate,
    find(arnOrName) {
      evaluate(now());
      return peek(arnOrName);
    },
    all() {
      evaluate(now());
      return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
    },
    put(asked, initial) {
      const at = now();
      evaluate(at);
      const before = byName.get(asked.name);
      const common = { arn: arnOf(asked.name), status: before?.status ?? initial };
      const alarm: Alarm =
        asked.kind === 'composite'
          ? { ...asked, ...common }
          : { ...asked, ...common, nextAt: after(at, cadenceOf(asked.test)), evaluationError: undefined };
      byName.set(alarm.name, alarm);
      history.add(configurationUpdate(alarm, before === undefined ? 'Create' : 'Update', at));
      if (alarm.kind === 'composite' && evaluateComposite(alarm, createdReason(alarm, peek), at))
        follow([alarm.name], at);
      return byName.get(alarm.name) ?? alarm;
    },
    remove(name) {
      const alarm = byName.get(name);
      if (alarm === undefined) return;
      byName.delete(name);
      tags.delete(name);
      history.add(configurationUpdate(alarm, 'Delete', now()));
    },
    setState(name, value, reason, reasonData) {
      const at = now();
      evaluate(at);
      const alarm = byName.get(name);
      if (alarm === undefined) return;
      if (change(alarm, { value, reason, reasonData }, at)) return follow([name], at);
      byName.set(name, { ...alarm, status: { ...alarm.status, reason, reasonData, updatedAt: at } });
    },
    setActionsEnabled(name, actionsEnabled) {
      const alarm = byName.get(name);
      if (alarm !== undefined) byName.set(name, { ...alarm, actionsEnabled });
    },
  };
}

/**
 * When to look again after `at`. Once all data are older than what an alarm looks at, its state stays what it is until
 * new data come, so that a sandbox nobody asked for days need not look at each minute of them.
 */
function nextLook(test: Test, { store, faults }: Readable, at: Instant, until: Instant): Instant {
  const cadence = cadenceOf(test);
  const reach = (test.evaluationPeriods + EXTRA_PERIODS + 1) * test.period;
  const elsewhere = test.queries.some(({ asked }) => asked.kind === 'metric' && asked.account !== undefined);
  const unchanging = store.newest() + reach < at && !elsewhere && faults.active('late-datapoints').length === 0;
  const next = at + cadence;
  return unchanging ? Math.max(next, Math.floor(until / cadence) * cadence) : next;
}

/** The first evaluation strictly after a moment. */
function after(at: Instant, cadence: number): Instant {
  return (Math.floor(at / cadence) + 1) * cadence;
}

interface Outcome {
  readonly to: Omit<AlarmStatus, 'updatedAt' | 'transitionedAt'> | undefined;
  readonly error: string | undefined;
}

function outcomeOf({ test }: MetricAlarm, readable: Readable, at: Instant): Outcome {
  try {
    const judgement = evaluateTest(test, readable, at);
    if (judgement.state === 'retain') return { to: undefined, error: undefined };
    const reason = reasonOf(test, judgement, judgement.state);
    return { to: { value: judgement.state, reason, reasonData: reasonDataOf(test, judgement, at) }, error: undefined };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { to: { value: 'INSUFFICIENT_DATA', reason: error.message, reasonData: undefined }, error: error.message };
  }
}

function transitionOf({ arn, status }: Alarm): string {
  const date = new Date(status.transitionedAt);
  const part = (options: Intl.DateTimeFormatOptions) =>
    date.toLocaleDateString('en-GB', { timeZone: 'UTC', ...options });
  const day = `${part({ weekday: 'long' })} ${part({ day: '2-digit' })} ${part({ month: 'long' })}, ${date.getUTCFullYear()}`;
  return `${arn} transitioned to ${status.value} at ${day} ${date.toISOString().slice(11, 19)} UTC`;
}

function createdReason(alarm: CompositeAlarm, peek: (name: string) => Alarm | undefined): string {
  const value = holds(alarm.rule, (name) => peek(name)?.status.value) ? 'ALARM' : 'OK';
  return `${alarm.arn} was created and its alarm rule evaluates to ${value}`;
}
