/** The daemon over a reload and at its end: what is kept, what is closed, what is not begun any more. */
import { expect, test } from 'vitest';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { FailureError } from '../../src/core/failure.ts';
import { startDaemon } from '../../src/engine/daemon.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import type { Config, Target } from '../../src/policy/schema.ts';
import { configOf } from './support/config.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

/** A daemon over targets that have no applications; `open` are those whose access is open, `answers` whether they answer. */
function scene(config: Config) {
  const clock = drivenClock(NOW);
  const open: string[] = [];
  const events: WatchdogEvent[] = [];
  const answers = { yes: true };
  let asked = 0;
  const never = () => Promise.reject(new Error('there is nothing to ask about'));
  const connect = ({ name }: Target) => {
    open.push(name);
    return {
      port: {
        listApplications: async () => {
          asked++;
          if (answers.yes) return [];
          throw new FailureError({ reason: 'network', retryable: true, message: 'unreachable' });
        },
        listEnvironments: never,
        newestDeployments: never,
        deploymentsSince: never,
        getDeployment: never,
        stopDeployment: never,
        tagsOf: never,
      },
      source: { period: () => 60_000, query: never },
      trigger: { check: never },
      account: never,
      inFlight: () => 0,
      close: () => void open.splice(open.indexOf(name), 1),
    };
  };
  const daemon = startDaemon({
    config,
    connect,
    clock,
    random: () => 0.5,
    record: (event) => void events.push(event),
    history: { openWatches: [], shared: [] },
    version: 'test',
  });
  return { daemon, clock, open, events, answers, asked: () => asked };
}

test('what no target uses after a reload is closed, and what one uses is kept', async () => {
  const { daemon, clock, open } = scene(configOf('eu-west-1', 'eu-west-2'));
  expect(open).toEqual(['eu-west-1', 'eu-west-2']);
  daemon.reload(configOf('eu-west-2', 'us-east-1'));
  await clock.advance(1_000);
  expect(open).toEqual(['eu-west-2', 'us-east-1']);
  await daemon.stop('test');
  expect(open).toEqual([]);
});

test('a reload while it shuts down, or afterwards, begins nothing', async () => {
  const { daemon, clock, open, events, asked } = scene(configOf('eu-west-1'));
  await clock.advance(20_000);
  const ended = daemon.stop('test');
  daemon.reload(configOf('us-east-1'));
  await ended;
  daemon.reload(configOf('us-east-1'));
  const before = asked();
  await clock.advance(3_600_000);
  expect(asked()).toBe(before);
  expect(open).toEqual([]);
  expect(events.at(-1)?.kind).toBe('daemon-stopped');
});

test('a target that could not be reached before a reload is told to be reachable after it', async () => {
  const { daemon, clock, events, answers } = scene(configOf('eu-west-1'));
  await clock.advance(1_000);
  answers.yes = false;
  await clock.advance(400_000);
  daemon.reload(configOf('eu-west-1'));
  await clock.advance(20_000);
  expect(daemon.state().targets[0]?.unreachableSince).toBeDefined();
  answers.yes = true;
  await clock.advance(20_000);
  const told = events.flatMap(({ kind }) => (kind.startsWith('target-') ? [kind] : []));
  expect(told).toEqual(['target-unreachable', 'target-reachable']);
  await daemon.stop('test');
});
