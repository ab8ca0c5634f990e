/** The built daemon is killed with -9 at each step of a stop; its next life makes one effective stop and a whole record of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BellScene, openBell } from './support/bell.ts';
import { type Package, packProject } from './support/package.ts';
import { type Program, supportFile } from './support/process.ts';
import { about, endOf, events, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

interface Step {
  readonly name: string;
  /** A file of the support that is loaded into the first daemon. */
  readonly preload?: string;
  /** Makes the daemon come to this step, and no further. */
  reach(scene: BellScene, daemon: Program): Promise<number>;
  /** What AppConfig had seen of the stop when the daemon was killed: statuses of its answers, 0 for none. */
  readonly seen: readonly number[];
  /** What is on record last about the stop. */
  readonly last: string;
  /** Calls of StopDeployment in the next life. */
  readonly again: number;
}

/** The DELETE has left the daemon and AppConfig holds it back. */
async function onTheWire(scene: BellScene): Promise<void> {
  await scene.until('the call is on the wire', async () => (await scene.faultsLeft()) === 0);
}

const STEPS: readonly Step[] = [
  {
    name: 'before the call, which is on record already',
    // It kills itself: no test is quick enough from outside.
    preload: 'die-before-delete.mjs',
    reach: (scene) => scene.deployBad(),
    seen: [],
    last: 'stop-requested',
    again: 1,
  },
  {
    name: 'during the call, which AppConfig never takes',
    async reach(scene) {
      await scene.fault({ kind: 'hang', operation: 'StopDeployment', count: 1 });
      const number = await scene.deployBad();
      await onTheWire(scene);
      return number;
    },
    seen: [0],
    last: 'stop-requested',
    again: 1,
  },
  {
    name: 'during the call, which AppConfig takes and answers to nobody',
    async reach(scene) {
      await scene.fault({ kind: 'latency', operation: 'StopDeployment', ms: 1_000, count: 1 });
      const number = await scene.deployBad();
      await onTheWire(scene);
      return number;
    },
    seen: [],
    last: 'stop-requested',
    again: 0,
  },
  {
    name: 'after an answer that was lost on its way',
    async reach(scene, daemon) {
      // What follows is not answered, so that the daemon gets no further.
      await scene.fault(
        { kind: 'lost-answer', operation: 'StopDeployment', count: 1 },
        { kind: 'hang', operation: 'StopDeployment' },
      );
      const number = await scene.deployBad();
      await daemon.line('the answer is lost', of('stop-attempt-failed'));
      return number;
    },
    seen: [0],
    last: 'stop-attempt-failed',
    again: 0,
  },
  {
    name: 'after the answer, before the first look at what became of it',
    async reach(scene, daemon) {
      await scene.fault({ kind: 'latency', operation: 'StopDeployment', ms: 1_000, count: 1 });
      const number = await scene.deployBad();
      await onTheWire(scene);
      await scene.fault({ kind: 'hang', operation: 'GetDeployment' });
      await daemon.line('the answer', of('stop-answered'));
      return number;
    },
    seen: [202],
    last: 'stop-answered',
    again: 0,
  },
  {
    name: 'while it follows the rollback',
    async reach(scene, daemon) {
      const number = await scene.deployBad();
      await daemon.line('the answer', of('stop-answered'));
      await scene.until('a look at the rollback', async () => {
        const asked = (await scene.requests()).map(({ operation }) => operation);
        return asked.indexOf('GetDeployment', asked.indexOf('StopDeployment')) > 0;
      });
      // From here on it learns nothing more.
      await scene.fault({ kind: 'hang', operation: 'GetDeployment' });
      return number;
    },
    seen: [202],
    last: 'stop-answered',
    again: 0,
  },
  {
    name: 'while it verifies the recovery',
    async reach(scene, daemon) {
      const number = await scene.deployBad();
      await daemon.line('the end of the stop', of('stop-concluded'));
      return number;
    },
    seen: [202],
    last: 'stop-concluded',
    again: 0,
  },
];

describe.concurrent('killed during a stop', { timeout: 120_000 }, () => {
  it.each(STEPS)('$name', async ({ preload, reach, seen, last, again }) => {
    await using scene = await openBell(built, 4);
    const env = preload === undefined ? {} : { NODE_OPTIONS: `--import=${supportFile(preload)}` };
    const first = scene.daemon({ env });
    await first.line('start', of('daemon-started'));
    await scene.until('it watches', async () =>
      (await scene.requests()).some(({ operation }) => operation === 'ListEnvironments'),
    );
    const number = await reach(scene, first);
    if (preload === undefined) first.child.kill('SIGKILL');
    expect(await first.end()).toMatchObject({ signal: 'SIGKILL' });
    const stops = await scene.stops();
    // After a lost answer, one further attempt may be on its way by then; nobody answers it.
    expect([seen, ...(last === 'stop-attempt-failed' ? [[...seen, 0]] : [])]).toContainEqual(stops);
    const ofStop = scene.recorded(number).filter((kind) => kind.startsWith('stop-'));
    expect(ofStop.at(-1)).toBe(last);

    await scene.clearFaults();
    // What AppConfig took while nobody listened has been counted by then.
    if (last === 'stop-requested' && again === 0) {
      await scene.until('AppConfig answers nobody', async () => (await scene.stops()).length === 1);
    }
    const before = (await scene.stops()).length;
    const second = scene.daemon();
    if (last !== 'stop-concluded') await second.line('its end', of('stop-concluded'));
    await scene.ring('OK');
    await second.line('released', about('watch-released', number));
    expect((await scene.stops()).length - before).toBe(again);
    await scene.expectOneStop(number);
    expect(events(second, 'recovery-judged')).toMatchObject([{ recovery: 'recovered' }]);
    expect(await endOf(second)).toEqual({ code: 0, stderr: '' });
    await scene.expectSound();
  });
});
