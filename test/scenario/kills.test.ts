/** kill -9 at any instant and a restart lead to the same end: stopped, once. */
import { expect, test } from 'vitest';
import type { TargetAccess } from '../../src/engine/access.ts';
import { policy } from './support/policy.ts';
import { type World, world } from './support/world.ts';

function expectOneEnd(here: World, log: readonly { EventType?: string | undefined }[] | undefined): void {
  expect(log?.filter(({ EventType }) => EventType === 'ROLLBACK_STARTED')).toHaveLength(1);
  expect(here.of('stop-settled').at(-1)?.outcome.kind).toBe('rolled-back');
  expect(here.of('stop-settled').at(-1)?.answer).toMatchObject({ State: 'ROLLED_BACK' });
  expect(here.of('recovery-judged').at(-1)?.recovery).toBe('recovered');
  expect(here.of('watch-released')).toHaveLength(1);
  expect(here.journal.openWatches()).toEqual([]);
  expect(here.journal.unsettledStops()).toEqual([]);
  expect(here.of('cycle-failed')).toEqual([]);
}

/** How many events an undisturbed bad rollout writes. */
async function undisturbed(): Promise<number> {
  await using here = await world();
  await here.shop.deploy({ flag: 'bad' });
  await here.untilReleased();
  return here.events.length;
}

test('a kill right after any one record leads to the same end', { timeout: 60_000 }, async () => {
  const records = await undisturbed();
  expect(records).toBeGreaterThan(15);
  for (let nth = 2; nth <= records; nth++) {
    await using here = await world();
    const number = await here.shop.deploy({ flag: 'bad' });
    const killedBy = await dieAfter(here, nth);
    await here.advance('20s');
    await here.restart();
    await here.until(`released after a kill at record ${nth}, ${killedBy}`, () => here.of('watch-released').length > 0);
    expectOneEnd(here, (await here.shop.get(number)).EventLog);
  }
});

async function dieAfter(here: World, nth: number): Promise<string> {
  const before = here.events.length;
  let seen = before;
  here.killWhen(() => ++seen >= nth);
  await here.until('the daemon is dead', here.killed);
  expect(here.events).toHaveLength(nth);
  return here.events.at(-1)?.kind ?? '';
}

test('a kill between the answer of StopDeployment and its record is one stop', async () => {
  let answered = 0;
  const between = (access: TargetAccess): TargetAccess => ({
    ...access,
    port: {
      ...access.port,
      async stopDeployment(ref, options, signal) {
        const answer = await access.port.stopDeployment(ref, options, signal);
        answered++;
        // The process dies here: nobody hears the answer.
        return answered > 1
          ? answer
          : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    },
  });
  await using here = await world({ between });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.until('the stop was answered', () => answered > 0);
  await here.restart();
  await here.untilReleased();
  expect(here.stopCalls()).toBe(1);
  expect(here.of('stop-requested').map((event) => event.resumes)).toEqual([false, true]);
  expectOneEnd(here, (await here.shop.get(number)).EventLog);
});

test('killed again and again, every half minute, it still stops the deployment once', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  for (let round = 0; round < 40 && here.of('watch-released').length === 0; round++) {
    await here.advance('30s');
    await here.restart();
  }
  expect(here.stopCalls()).toBeLessThanOrEqual(2);
  expectOneEnd(here, (await here.shop.get(number)).EventLog);
});

test('killed while it verifies, it judges the recovery in its next life', async () => {
  await using here = await world();
  const number = await here.shop.deploy({ flag: 'bad' });
  here.killWhen((event) => event.kind === 'stop-concluded');
  await here.until('the daemon is dead', here.killed);
  await here.advance('3m');
  await here.restart();
  await here.untilReleased();
  expect(here.stopCalls()).toBe(1);
  expectOneEnd(here, (await here.shop.get(number)).EventLog);
});

test.each(['stop-decided', 'stop-requested', 'stop-answered'] as const)(
  'one that died at %s and comes back with a policy that only observes asks for no stop',
  async (kind) => {
    await using here = await world();
    const number = await here.shop.deploy({ flag: 'bad' });
    here.killWhen((event) => event.kind === kind);
    await here.until('the daemon is dead', here.killed);
    const before = here.stopCalls();
    await here.restart(policy({ mode: 'observe' }));
    await here.untilReleased();
    expect(here.stopCalls()).toBe(before);
    const taken = kind === 'stop-answered';
    expect((await here.shop.get(number)).State).toBe(taken ? 'ROLLED_BACK' : 'COMPLETE');
    // What was taken has its end on record, and what was not is told.
    expect(here.of(taken ? 'stop-settled' : 'stop-failed')).toHaveLength(1);
  },
);
