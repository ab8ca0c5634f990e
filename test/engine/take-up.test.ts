/** Taking up: what a reload gave up, and what another pass was faster with, begins no watch. */
import { expect, test } from 'vitest';
import type { AppConfigPort, DeploymentAnswer } from '../../src/appconfig/port.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import type { TargetAccess } from '../../src/engine/access.ts';
import { takingUp } from '../../src/engine/take-up.ts';
import { watchBook } from '../../src/engine/watch-book.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { deploymentAt } from '../support/deployment.ts';
import { configOf } from './support/config.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const RUNNING = deploymentAt(NOW);
const { ref, application, environment, type } = RUNNING;
const FOUND = { ref, application, environment, type };

function config() {
  const { targets, policies } = configOf('eu-west-1');
  const [target] = targets;
  if (target === undefined) throw new Error('there is no target');
  return { target, policies };
}

function takingUpWith(account: TargetAccess['account'], getDeployment: AppConfigPort['getDeployment']) {
  const never = () => Promise.reject(new Error('taking up has no business here'));
  const events: WatchdogEvent[] = [];
  const told: string[] = [];
  const book = watchBook((event) => void events.push(event));
  const { takeUp } = takingUp({
    ...config(),
    clock: drivenClock(NOW),
    book,
    onRead: (what, failure) => {
      if (failure !== undefined) told.push(what);
    },
    onMissed: ({ number }) => void told.push(`missed ${number}`),
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
  return { takeUp, book, events, told };
}

const answer = (state = 'DEPLOYING'): DeploymentAnswer => ({ deployment: { ...RUNNING, state }, answer: {} });

test('one that was read before a reload and whose account is still asked for is left to the next policies', async () => {
  const over = new AbortController();
  const unanswered = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const { takeUp, events, told } = takingUpWith(unanswered, async () => answer());
  const taken = takeUp(FOUND, over.signal);
  setImmediate(() => over.abort());
  expect(await taken).toBeUndefined();
  expect(events).toEqual([]);
  expect(told).toEqual([]);
});

test('of two passes that find the same deployment one takes it up, and the slower one misses nothing', async () => {
  const slow = Promise.withResolvers<DeploymentAnswer>();
  const answers = [Promise.resolve(answer()), slow.promise];
  const { takeUp, book, events, told } = takingUpWith(
    async () => '111122223333',
    () => answers.shift() ?? Promise.reject(new Error('asked too often')),
  );
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

test('one that was found while it ran, and whose watch of before a reload saw the end of it meanwhile, was not missed', async () => {
  const { takeUp, book, told } = takingUpWith(
    async () => '111122223333',
    async () => answer('COMPLETE'),
  );
  const watch = { deployment: ref, policy: 'p' };
  const snapshot = RUNNING;
  book.tell({ kind: 'deployment-discovered', at: NOW, watch, mode: 'enforce', snapshot, rules: [] });
  book.tell({ kind: 'watch-released', at: NOW + 1, watch, because: 'over', finalState: 'COMPLETE', unjudged: [] });
  expect(await takeUp(FOUND, new AbortController().signal)).toBeUndefined();
  expect(told).toEqual([]);
});

test('one that was over before it could be read, and that nobody watched, is told', async () => {
  const { takeUp, events, told } = takingUpWith(
    async () => '111122223333',
    async () => answer('COMPLETE'),
  );
  expect(await takeUp(FOUND, new AbortController().signal)).toBeUndefined();
  expect([events, told]).toEqual([[], [`missed ${ref.number}`]]);
});
