/** The built daemon is told to end in each phase: it ends in time, says how, and its next life goes on. */
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

interface Phase {
  readonly name: string;
  readonly preload?: string;
  /** Brings the daemon into the phase; the number of a bad deployment, when there is one. */
  reach(scene: BellScene, daemon: Program): Promise<number | undefined>;
  /** Default: SIGTERM. */
  tell?(daemon: Program): Promise<void>;
  /** Real milliseconds from the signal to the end. */
  readonly within: number;
  readonly end: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
  /** Calls of StopDeployment in the next life; without a bad deployment there is none. */
  readonly again?: number;
}

const CLEAN = { code: 0, signal: null } as const;

async function judged(scene: BellScene): Promise<void> {
  await scene.shop.deploy({ flag: 'good' });
  await scene.until('a rule is asked', async () =>
    (await scene.requests()).some(({ operation }) => operation === 'DescribeAlarms'),
  );
}

async function asked(scene: BellScene, operation: string): Promise<void> {
  await scene.until(`${operation} is under way`, async () => (await scene.faultsLeft()) === 0);
}

const PHASES: readonly Phase[] = [
  {
    name: 'while it loads',
    preload: 'end-while-loading.mjs',
    reach: () => Promise.resolve(undefined),
    tell: () => Promise.resolve(),
    within: 15_000,
    end: CLEAN,
  },
  {
    name: 'while it discovers and is not answered',
    async reach(scene) {
      await asked(scene, 'ListApplications');
      return undefined;
    },
    within: 10_000,
    end: CLEAN,
  },
  {
    name: 'while there is nothing to do',
    async reach(_, daemon) {
      await daemon.line('it listens', of('http-listening'));
      return undefined;
    },
    within: 5_000,
    end: CLEAN,
  },
  {
    name: 'by Ctrl-C',
    async reach(_, daemon) {
      await daemon.line('it listens', of('http-listening'));
      return undefined;
    },
    async tell(daemon) {
      daemon.child.kill('SIGINT');
      expect(await daemon.line('it ends', of('daemon-stopping'))).toMatchObject({ signal: 'SIGINT' });
    },
    within: 5_000,
    end: CLEAN,
  },
  {
    name: 'while a rule is asked and not answered',
    async reach(scene) {
      await judged(scene);
      await scene.fault({ kind: 'hang', operation: 'DescribeAlarms', count: 1 });
      await asked(scene, 'DescribeAlarms');
      return undefined;
    },
    within: 10_000,
    end: CLEAN,
  },
  {
    name: 'together with a reload',
    async reach(scene) {
      await judged(scene);
      return undefined;
    },
    async tell(daemon) {
      daemon.child.kill('SIGHUP');
      daemon.child.kill('SIGTERM');
    },
    within: 10_000,
    end: CLEAN,
  },
  {
    name: 'while a stop waits for its answer: the stop is finished',
    async reach(scene) {
      await scene.fault({ kind: 'latency', operation: 'StopDeployment', ms: 1_000, count: 1 });
      const number = await scene.deployBad();
      await asked(scene, 'StopDeployment');
      return number;
    },
    within: 25_000,
    end: CLEAN,
    again: 0,
  },
  {
    name: 'while it follows a rollback: it is followed to its end',
    async reach(scene, daemon) {
      const number = await scene.deployBad();
      await daemon.line('the answer', of('stop-answered'));
      return number;
    },
    within: 25_000,
    end: CLEAN,
    again: 0,
  },
  {
    name: 'while it verifies a recovery: the next life concludes',
    async reach(scene, daemon) {
      const number = await scene.deployBad();
      await daemon.line('the end of the stop', of('stop-concluded'));
      return number;
    },
    within: 10_000,
    end: CLEAN,
    again: 0,
  },
  {
    name: 'while a stop is never answered: it is cut off, and made by the next life',
    async reach(scene) {
      await scene.fault({ kind: 'hang', operation: 'StopDeployment' });
      const number = await scene.deployBad();
      await scene.until('the call is on the wire', async () => (await scene.stops()).length > 0);
      return number;
    },
    // The grace is 25 s, and a container runtime gives 30.
    within: 30_000,
    end: { code: 1, signal: null },
    again: 1,
  },
  {
    name: 'twice: it is cut off at once, and the stop made by the next life',
    async reach(scene) {
      await scene.fault({ kind: 'hang', operation: 'StopDeployment' });
      const number = await scene.deployBad();
      await scene.until('the call is on the wire', async () => (await scene.stops()).length > 0);
      return number;
    },
    async tell(daemon) {
      daemon.child.kill('SIGTERM');
      await daemon.line('it ends', of('daemon-stopping'));
      daemon.child.kill('SIGTERM');
    },
    within: 5_000,
    end: { code: null, signal: 'SIGTERM' },
    again: 1,
  },
];

/** What the next life makes of a deployment the former one left. */
async function nextLife(scene: BellScene, number: number, again: number): Promise<void> {
  const before = (await scene.stops()).length;
  const next = scene.daemon();
  await next.line('it watches', about('deployment-discovered', number));
  if (again > 0) await next.line('the stop', of('stop-concluded'));
  await scene.ring('OK');
  await next.line('released', about('watch-released', number));
  expect((await scene.stops()).length - before).toBe(again);
  await scene.expectOneStop(number);
  expect(await endOf(next)).toEqual({ code: 0, stderr: '' });
}

describe.concurrent('told to end', { timeout: 120_000 }, () => {
  it.each(PHASES)('$name', async ({ name, preload, reach, tell, within, end, again }) => {
    await using scene = await openBell(built, 4);
    if (name.includes('discovers')) await scene.fault({ kind: 'hang', operation: 'ListApplications', count: 1 });
    const env = preload === undefined ? {} : { NODE_OPTIONS: `--import=${supportFile(preload)}` };
    const daemon = scene.daemon({ env });
    await daemon.line('start', of('daemon-started'));
    const number = await reach(scene, daemon);
    const told = performance.now();
    if (tell === undefined) daemon.child.kill('SIGTERM');
    else await tell(daemon);
    const { code, signal, stderr } = await daemon.end(within + 10_000);
    expect({ code, signal, stderr }).toEqual({ ...end, stderr: '' });
    expect(performance.now() - told).toBeLessThan(within);
    const last = events(daemon, 'daemon-stopped');
    expect(last).toMatchObject(signal === null ? [{ clean: code === 0 }] : []);
    await scene.expectSound();
    await scene.clearFaults();
    if (number !== undefined) await nextLife(scene, number, again ?? 0);
  });
});
