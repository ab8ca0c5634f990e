/** Taking up: what a reload gave up, and what another pass was faster with, begins no watch. */
import { expect, test } from 'vitest';
import type { AppConfigPort, DeploymentAnswer } from '../../src/appconfig/port.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import type { TargetAccess } from '../../src/engine/access.ts';
import { takingUp } from '../../src/engine/take-up.ts';
import { type WatchBook, watchBook } from '../../src/engine/watch-book.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { deploymentAt } from '../support/deployment.ts';
import { configOf } from './support/config.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const RUNNING = deploymentAt(NOW);
const { ref, application, environment, type } = RUNNING;
const FOUND = { ref, application, environment, type };

interface Scene {
  readonly account?: TargetAccess['account'];
  readonly getDeployment: AppConfigPort['getDeployment'];
  /** Profiles that the policy wants. */
  readonly profile?: readonly string[];
  /** Of a generation before, over a reload. */
  readonly book?: WatchBook;
}

function scene({ account = async () => '111122223333', getDeployment, profile = ['*'], book: former }: Scene) {
  const {
    targets: [target],
    policies: [policy],
  } = configOf('eu-west-1');
  if (target === undefined || policy === undefined) throw new Error('there is no target or no policy');
  const never = () => Promise.reject(new Error('taking up has no business here'));
  const events: WatchdogEvent[] = [];
  const told: string[] = [];
  const book = former ?? watchBook((event) => void events.push(event));
  const taking = takingUp({
    target,
    policies: [{ ...policy, match: { ...policy.match, profile } }],
    clock: drivenClock(NOW),
    book,
    onRead: (what, failure) => {
      if (failure !== undefined) told.push(what);
    },
    onGuarded: ({ what }, failure) => {
      if (failure !== undefined) told.push(what);
    },
    onMissed: ({ ref: { number }, state }) => void told.push(`missed ${number}, ${state}`),
    access: {
      account,
      inFlight: () => 0,
      close: () => {},
      port: {
        listApplications: never,
        listEnvironments: never,
        newestDeployments: never,
        deploymentsSince: never,
        stopDeployment: never,
        tagsOf: never,
        getDeployment,
      },
      source: { period: () => 60_000, query: never },
      trigger: { check: never },
    },
  });
  return { ...taking, book, events, told };
}

const answer = (state = 'DEPLOYING'): DeploymentAnswer => ({ deployment: { ...RUNNING, state }, answer: {} });

test('one that was read before a reload and whose account is still asked for is left to the next policies', async () => {
  const over = new AbortController();
  const unanswered = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const { takeUp, events, told } = scene({ account: unanswered, getDeployment: async () => answer() });
  const taken = takeUp(FOUND, over.signal);
  setImmediate(() => over.abort());
  expect(await taken).toBeUndefined();
  expect(events).toEqual([]);
  expect(told).toEqual([]);
});

test('of two passes that find the same deployment one takes it up, and the slower one misses nothing', async () => {
  const slow = Promise.withResolvers<DeploymentAnswer>();
  const answers = [Promise.resolve(answer()), slow.promise];
  const { takeUp, book, events, told } = scene({
    getDeployment: () => answers.shift() ?? Promise.reject(new Error('asked too often')),
  });
  const { signal } = new AbortController();
  const [first, second] = [takeUp(FOUND, signal), takeUp(FOUND, signal)];
  expect((await first)?.state).toBe('DEPLOYING');
  const watch = { deployment: ref, policy: 'p' };
  book.tell({ kind: 'watch-released', at: NOW + 1, watch, because: 'over', finalState: 'COMPLETE', unjudged: [] });
  slow.resolve(answer('COMPLETE'));
  expect(await second).toBeUndefined();
  expect(events.map(({ kind }) => kind)).toEqual(['deployment-discovered', 'watch-released']);
  expect(told).toEqual([]);
});

const { signal } = new AbortController();
const ENDED = { ...FOUND, state: 'COMPLETE' };
const complete = async () => answer('COMPLETE');
const unasked = () => Promise.reject(new Error('there is nothing to ask about it'));

test('one that was over before it could be read is told as missed, and once: its end is listed later, and after a reload', async () => {
  const { takeUp, settle, book, events, told } = scene({ getDeployment: complete });
  expect(await takeUp(FOUND, signal)).toBeUndefined();
  await settle(ENDED, signal);
  expect([events, told]).toEqual([[], [`missed ${ref.number}, COMPLETE`]]);
  const next = scene({ getDeployment: complete, book });
  expect(await next.takeUp(FOUND, signal)).toBeUndefined();
  await next.settle(ENDED, signal);
  expect(next.told).toEqual([]);
});

test('one that came and went between two looks is told as missed, also by searches side by side, when a policy wants it', async () => {
  const { settle, told } = scene({ getDeployment: complete });
  await Promise.all([settle(ENDED, signal), settle(ENDED, signal)]);
  expect(told).toEqual([`missed ${ref.number}, COMPLETE`]);
  const other = scene({ getDeployment: complete, profile: ['other'] });
  await other.settle(ENDED, signal);
  expect(other.told).toEqual([]);
});

test('one that ended and cannot be read may have been wanted: it is told', async () => {
  const { settle, told } = scene({ getDeployment: unasked });
  await settle(ENDED, signal);
  expect(told).toEqual([`missed ${ref.number}, COMPLETE`]);
});

test('one that was watched, or looked at while it ran and wanted by nobody, was not missed', async () => {
  const answers = [answer()];
  const getDeployment = async () => answers.shift() ?? unasked();
  const unwanted = scene({ getDeployment, profile: ['other'] });
  expect(await unwanted.takeUp(FOUND, signal)).toBeUndefined();
  await unwanted.settle(ENDED, signal);
  expect(unwanted.told).toEqual([]);

  const first = scene({ getDeployment: async () => answer() });
  expect(await first.takeUp(FOUND, signal)).toBeDefined();
  const { book } = first;
  const watch = { deployment: ref, policy: 'p' };
  book.tell({ kind: 'watch-released', at: NOW + 1, watch, because: 'over', finalState: 'COMPLETE', unjudged: [] });
  // Over a reload nothing is known as taken up: neither a late answer nor the list makes it one that nobody watched.
  const next = scene({ getDeployment: complete, book });
  expect(await next.takeUp(FOUND, signal)).toBeUndefined();
  await next.settle(ENDED, signal);
  expect(next.told).toEqual([]);
});

test('one that a reload gave up before it was read is told when it has ended', async () => {
  const over = new AbortController();
  const unanswered = () =>
    new Promise<never>((_, reject) => over.signal.addEventListener('abort', () => reject(over.signal.reason)));
  const first = scene({ getDeployment: unanswered });
  const taken = first.takeUp(FOUND, over.signal);
  over.abort();
  expect(await taken).toBeUndefined();
  const next = scene({ getDeployment: complete, book: first.book });
  await next.settle(ENDED, signal);
  expect([first.told, next.told]).toEqual([[], [`missed ${ref.number}, COMPLETE`]]);
});
