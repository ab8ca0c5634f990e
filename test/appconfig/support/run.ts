/** Runs one stop against the model until it ends, driving the clock. */
import { type StopDeps, type StopRequest, stopDeployment } from '../../../src/appconfig/stop.ts';
import type { StopEvent, StopOutcome } from '../../../src/core/event.ts';
import type { Duration, Instant } from '../../../src/core/time.ts';
import { drivenClock, turns } from '../../../src/lib/clock.ts';
import { deploymentAt } from '../../support/deployment.ts';
import { type Model, model, type Script } from './model.ts';

export const NOW: Instant = Date.UTC(2026, 10, 22, 12, 0, 0);
export const LIMITS: StopDeps['limits'] = { timeout: 1_000, budget: 120_000, deadline: 600_000, followEvery: 5_000 };

export interface Ran {
  readonly outcome: StopOutcome;
  readonly events: readonly StopEvent[];
  readonly model: Model;
  readonly took: Duration;
  kinds(): readonly string[];
}

/** Fails when the stop has not ended after `most` of clock time. */
export async function run(
  script: Script,
  change: Partial<StopRequest> = {},
  random: () => number = () => 0.5,
  most: Duration = 3_600_000,
): Promise<Ran> {
  const clock = drivenClock(NOW, () => turns(2));
  const events: StopEvent[] = [];
  const made = model(script, clock, NOW - 300_000);
  const request: StopRequest = {
    deployment: deploymentAt(NOW - 300_000, { state: made.state() }),
    by: { kind: 'policy', policy: 'checkout-prod' },
    because: ['error-rate: above 1'],
    allowRevert: true,
    ...change,
  };
  const deps = {
    port: made.port,
    clock,
    random,
    limits: LIMITS,
    record: (event: StopEvent) => void events.push(event),
  };
  let outcome: StopOutcome | undefined;
  const stopped = stopDeployment(request, deps, new AbortController().signal).then((end) => {
    outcome = end;
  });
  while (outcome === undefined) {
    if (clock.now() - NOW > most) throw new Error(`the stop has not ended after ${most} ms`);
    await clock.advance(1_000);
  }
  await stopped;
  return { outcome, events, model: made, took: clock.now() - NOW, kinds: () => events.map(({ kind }) => kind) };
}
