/** One look: what it takes into the watch, and what it leaves alone. */
import { expect, test } from 'vitest';
import type { AppConfigPort } from '../../src/appconfig/port.ts';
import type { Deployment } from '../../src/core/deployment.ts';
import type { StopOutcome, WatchdogEvent, WatchEvent } from '../../src/core/event.ts';
import { FailureError, type FailureReason } from '../../src/core/failure.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import type { LookDeps } from '../../src/engine/deciding.ts';
import { lookAt } from '../../src/engine/look.ts';
import { observe } from '../../src/engine/reading.ts';
import type { RunnableRule } from '../../src/engine/rule.ts';
import { watchBook } from '../../src/engine/watch-book.ts';
import { drivenClock, turns } from '../../src/lib/clock.ts';
import { gate } from '../../src/lib/gate.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { deploymentAt } from '../support/deployment.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const RUNNING = deploymentAt(NOW);
const WATCH = { deployment: RUNNING.ref, policy: 'p' };
const SIGNAL = new AbortController().signal;
const BREACHED: Verdict = { kind: 'breached', because: 'too many errors' };

function policyOf(): Policy {
  const rules = ['a', 'b'].map((name) => ({ name, trigger: { kind: 'alarm', names: [name] } }));
  const match = { application: '*', environment: '*' };
  const file = {
    version: 1,
    targets: [{ name: 'main', region: 'eu-west-1' }],
    poll: '*/15 * * * * *',
    policies: [{ name: 'p', match, mode: 'enforce', rules }],
  };
  const loaded = loadPolicy({ path: 'watchdog.yaml', text: JSON.stringify(file) }, {});
  const [policy] = loaded.ok ? loaded.config.policies : [];
  if (policy === undefined) throw new Error('the policy does not load');
  return policy;
}

function says(name: string, verdict: Verdict): RunnableRule {
  return {
    name,
    held: () => undefined,
    ask: (_, __, ___, asker) => queueMicrotask(() => asker.answered(() => verdict)),
  };
}

function portThat(getDeployment: AppConfigPort['getDeployment']): AppConfigPort {
  const never = () => Promise.reject(new Error('a look has no business here'));
  return {
    listApplications: never,
    listEnvironments: never,
    newestDeployments: never,
    deploymentsSince: never,
    stopDeployment: never,
    tagsOf: never,
    getDeployment,
  };
}

const answering = (deployment: Deployment) => portThat(async () => ({ deployment, answer: {} }));
const failing = (reason: FailureReason) =>
  portThat(() => Promise.reject(new FailureError({ reason, retryable: false, message: reason })));

function looking(port: AppConfigPort, rules: readonly RunnableRule[], admits = true) {
  const events: WatchdogEvent[] = [];
  const stopped: string[] = [];
  const book = watchBook((event) => void events.push(event));
  const discovered: WatchEvent = {
    kind: 'deployment-discovered',
    at: NOW,
    watch: WATCH,
    mode: 'enforce',
    snapshot: RUNNING,
    rules: ['a', 'b'],
  };
  book.tell(discovered);
  const active = { policy: policyOf(), rules };
  const clock = drivenClock(NOW + 60_000);
  const deps: LookDeps = {
    clock,
    book,
    port,
    reads: gate(2),
    policyOf: () => active,
    circuit: { state: () => 'closed', admit: () => admits },
    isHeld: () => false,
    stop: (watch) => void stopped.push(watch.ref.policy),
    onRead: () => {},
    onVanished: () => {},
  };
  return { book, deps, events, stopped, kinds: () => events.map(({ kind }) => kind) };
}

const decided = (at: number): WatchEvent => ({
  kind: 'stop-decided',
  at,
  watch: WATCH,
  because: ['too many errors'],
  evidenceAt: at,
});
const concluded = (at: number, outcome: StopOutcome): WatchEvent => ({
  kind: 'stop-concluded',
  at,
  watch: WATCH,
  outcome,
});
const FAILED: StopOutcome = {
  kind: 'failed',
  attempts: 1,
  failure: { reason: 'auth', retryable: false, message: 'denied' },
};

const LATE: RunnableRule = {
  name: 'b',
  held: () => undefined,
  ask: (_, __, ___, asker) => void setImmediate(() => asker.answered(() => ({ kind: 'breached', because: 'late' }))),
};

test('a verdict that comes after the watch was released is not put on record', async () => {
  const { deps, book, kinds } = looking(answering(RUNNING), [says('a', { kind: 'healthy', because: 'fine' }), LATE]);
  const released: WatchEvent = {
    kind: 'watch-released',
    at: NOW,
    watch: WATCH,
    because: 'its policy was removed',
    finalState: 'DEPLOYING',
    unjudged: [],
  };
  setImmediate(() => book.tell(released));
  const looked = lookAt(RUNNING, deps, SIGNAL);
  await looked;
  expect(kinds().at(-1)).toBe('watch-released');
  expect(kinds().filter((kind) => kind === 'rule-judged')).toHaveLength(1);
  expect(book.all()).toEqual([]);
});

test('what completed while it was being judged is released with all that its rules say, as harm nobody stopped', async () => {
  const over = { ...RUNNING, state: 'COMPLETE' };
  const { deps, events } = looking(answering(over), [says('a', BREACHED), LATE]);
  await lookAt(RUNNING, deps, SIGNAL);
  expect(events.at(-1)).toMatchObject({ kind: 'watch-released', unstopped: ['a: too many errors', 'b: late'] });
});

test('a slow answer of before is no news, and has nothing stopped a second time', () => {
  const { book, kinds } = looking(failing('timeout'), []);
  observe(book, { ...RUNNING, state: 'ROLLED_BACK' }, NOW + 2);
  const before = kinds().length;
  for (const state of ['DEPLOYING', 'BAKING', 'COMPLETE', 'ROLLING_BACK']) {
    observe(book, { ...RUNNING, state, percentage: 40 }, NOW + 3);
  }
  expect(kinds()).toHaveLength(before);
  expect(book.get(RUNNING.ref, 'p')?.deployment.state).toBe('ROLLED_BACK');
});

test('a state of tomorrow is news wherever it comes', () => {
  const { book } = looking(failing('timeout'), []);
  for (const state of ['PAUSED', 'DEPLOYING', 'COMPLETE', 'UNDOING', 'REVERTED']) {
    observe(book, { ...RUNNING, state }, NOW + 2);
    expect(book.get(RUNNING.ref, 'p')?.deployment.state).toBe(state);
  }
});

test('a deployment that vanishes while it is being stopped is left to its stop, and released afterwards', async () => {
  const { deps, book, kinds } = looking(failing('not-found'), []);
  book.tell(decided(NOW + 1));
  await lookAt(RUNNING, deps, SIGNAL);
  expect(kinds()).toEqual(['deployment-discovered', 'stop-decided']);
  book.tell(concluded(NOW + 2, FAILED));
  await lookAt(RUNNING, deps, SIGNAL);
  expect(kinds().slice(2)).toEqual(['stop-concluded', 'watch-released']);
});

test('an open circuit withholds a new stop once, and does not keep one that was begun from being carried on', async () => {
  const fresh = looking(answering(RUNNING), [says('a', BREACHED)], false);
  await lookAt(RUNNING, fresh.deps, SIGNAL);
  await lookAt(RUNNING, fresh.deps, SIGNAL);
  expect(fresh.stopped).toEqual([]);
  expect(fresh.events.filter(({ kind }) => kind === 'stop-withheld')).toMatchObject([{ reason: 'circuit-open' }]);

  const begun = looking(answering(RUNNING), [says('a', BREACHED)], false);
  begun.book.tell(decided(NOW + 1));
  begun.book.tell(concluded(NOW + 2, FAILED));
  await lookAt(RUNNING, begun.deps, SIGNAL);
  expect(begun.stopped).toEqual(['p']);
});

test('what is answered after the look was given up is not put on record', async () => {
  const over = new AbortController();
  const port = portThat(async () => {
    over.abort();
    return { deployment: { ...RUNNING, state: 'BAKING' }, answer: {} };
  });
  const { deps, kinds } = looking(port, [says('a', BREACHED)]);
  await lookAt(RUNNING, deps, over.signal);
  expect(kinds()).toEqual(['deployment-discovered']);
});

/** A read that is answered when it is hurried, and not before `release`. */
function heldRead() {
  const release = Promise.withResolvers<void>();
  let hurried = false;
  const port = portThat(async (_ref, _place, _signal, hurry) => {
    void hurry?.then(() => {
      hurried = true;
      release.resolve();
    });
    await release.promise;
    return { deployment: RUNNING, answer: {} };
  });
  return { port, release: release.resolve, hurried: () => hurried };
}

test('rules are asked while the read waits for its turn, and nothing is decided before it', async () => {
  const { port, release, hurried } = heldRead();
  const { deps, stopped, kinds } = looking(port, [says('a', { kind: 'healthy', because: 'fine' })]);
  const look = lookAt(RUNNING, deps, SIGNAL);
  await turns();
  expect(kinds()).toEqual(['deployment-discovered']);
  expect(hurried()).toBe(false);
  release();
  await look;
  expect(kinds()).toContain('rule-judged');
  expect(stopped).toEqual([]);
});

/** A rule of which nothing new can be known: it has its verdict at once, and is not asked. */
function holds(name: string, verdict: Verdict): RunnableRule {
  const ask = () => {
    throw new Error('it was asked');
  };
  return { name, held: () => () => verdict, ask };
}

test('what is held is weighed without being asked, and decided on like the rest: after the read, which it has go first', async () => {
  const calm = heldRead();
  const first = looking(calm.port, [holds('a', { kind: 'healthy', because: 'fine' })]);
  const look = lookAt(RUNNING, first.deps, SIGNAL);
  await turns();
  expect(first.kinds()).toEqual(['deployment-discovered']);
  expect(calm.hurried()).toBe(false);
  calm.release();
  await look;
  expect(first.kinds()).toEqual(['deployment-discovered', 'rule-judged']);
  const bad = heldRead();
  const second = looking(bad.port, [holds('a', BREACHED), says('b', { kind: 'healthy', because: 'fine' })]);
  await lookAt(RUNNING, second.deps, SIGNAL);
  expect(bad.hurried()).toBe(true);
  expect(second.stopped).toEqual(['p']);
});

test('what is held says nothing about a deployment that does not exist any more', async () => {
  const { deps, kinds } = looking(failing('not-found'), [holds('a', BREACHED)]);
  await lookAt(RUNNING, deps, SIGNAL);
  expect(kinds()).toEqual(['deployment-discovered', 'watch-released']);
});

test('a breach has its read go first, and is decided on what that shows', async () => {
  const { port, hurried } = heldRead();
  const { deps, stopped } = looking(port, [says('a', BREACHED)]);
  await lookAt(RUNNING, deps, SIGNAL);
  expect(hurried()).toBe(true);
  expect(stopped).toEqual(['p']);
});

test('what was read a moment ago is not read again', async () => {
  const { deps, kinds } = looking(failing('internal'), [says('a', BREACHED)]);
  await lookAt(RUNNING, deps, SIGNAL, true);
  expect(kinds()).toContain('stop-decided');
});

test('a breach does not wait for a turn that others have, and what waits is given up with the look', async () => {
  const full = gate(1);
  await full.enter(SIGNAL);
  const breached = looking(answering(RUNNING), [says('a', BREACHED)]);
  await lookAt(RUNNING, { ...breached.deps, reads: full }, SIGNAL);
  expect(breached.stopped).toEqual(['p']);

  const calm = looking(answering(RUNNING), [says('a', { kind: 'healthy', because: 'fine' })]);
  const over = new AbortController();
  const look = lookAt(RUNNING, { ...calm.deps, reads: full }, over.signal);
  await turns();
  over.abort();
  await look;
  expect(calm.kinds()).toEqual(['deployment-discovered']);
});

test('a look ends with a fault of this program, whether it reads or judges', async () => {
  const fault = () => {
    throw new Error('a fault');
  };
  const reading = looking(failing('internal'), [says('a', BREACHED)]);
  await expect(lookAt(RUNNING, { ...reading.deps, onRead: fault }, SIGNAL)).rejects.toThrow('a fault');
  const judging = looking(answering(RUNNING), [says('a', BREACHED)]);
  await expect(lookAt(RUNNING, { ...judging.deps, stop: fault }, SIGNAL)).rejects.toThrow('a fault');
  const vanished = looking(failing('not-found'), [says('a', BREACHED)]);
  await expect(lookAt(RUNNING, { ...vanished.deps, onVanished: fault }, SIGNAL)).rejects.toThrow('a fault');
});
