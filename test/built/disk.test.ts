/** The built daemon on a disk that is full and one that cannot be written: stops go on, it is told, and the record becomes whole. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasMount, type SmallVolume, smallVolume } from '../real/support/mount.ts';
import { type BellScene, bellPolicy, openBell } from './support/bell.ts';
import { type Package, packProject } from './support/package.ts';
import { about, endOf, events, get, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

interface Volume extends SmallVolume {
  readonly journal: string;
  remount(how: 'ro' | 'rw'): void;
  /** It is mounted elsewhere, until it comes back. */
  leave(): void;
  comeBack(): void;
}

function volume({ folder }: BellScene): Volume {
  const place = join(folder, 'volume');
  const elsewhere = join(folder, 'elsewhere');
  for (const made of [place, elsewhere]) mkdirSync(made);
  const move = (from: string, to: string) => {
    execFileSync('mount', ['--bind', from, to]);
    execFileSync('umount', [from]);
  };
  const mounted = smallVolume(place, '1m');
  return {
    ...mounted,
    journal: join(place, 'journal.sqlite'),
    remount: (how) => void execFileSync('mount', ['-o', `remount,${how}`, place]),
    leave() {
      move(place, elsewhere);
      rmdirSync(place);
    },
    comeBack() {
      mkdirSync(place);
      move(elsewhere, place);
    },
  };
}

describe.runIf(hasMount).concurrent('a journal on a volume', { timeout: 120_000 }, () => {
  it('that is full: the stop is made and told, and recorded whole when there is room', async () => {
    await using scene = await openBell(built, 20);
    using disk = volume(scene);
    scene.writePolicy(bellPolicy({ journal: disk.journal }));
    const daemon = scene.daemon();
    await daemon.line('start', of('http-listening'));
    disk.fill();
    const number = await scene.deployBad();
    await daemon.line('the end of the stop', of('stop-concluded'));
    expect(await scene.rollbacks(number)).toBe(1);
    const failed = await daemon.line('it is told', of('journal-failed'));
    expect(failed).toMatchObject({ critical: true, failure: { code: 'SQLITE_FULL' }, lost: 0 });
    expect(events(daemon, 'journal-failed')).toHaveLength(1);
    expect((await get(daemon, '/metrics')).body).toMatch(/^appconfig_watchdog_journal_failing 1$/m);
    disk.clear();
    expect(await daemon.line('it is written again', of('journal-recovered'))).toMatchObject({ lost: 0 });
    await scene.ring('OK');
    await daemon.line('released', about('watch-released', number));
    await scene.expectOneStop(number, disk.journal);
    expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
    await scene.expectSound(disk.journal);
  });

  it('that is read-only from the start: the stop is made and told, and recorded when it can be written', async () => {
    await using scene = await openBell(built, 20);
    using disk = volume(scene);
    scene.writePolicy(bellPolicy({ journal: disk.journal }));
    disk.remount('ro');
    const daemon = scene.daemon();
    expect(await daemon.line('it is told', of('journal-failed'))).toMatchObject({ critical: true });
    await daemon.line('start', of('http-listening'));
    const number = await scene.deployBad();
    await daemon.line('the end of the stop', of('stop-concluded'));
    expect(await scene.rollbacks(number)).toBe(1);
    disk.remount('rw');
    expect(await daemon.line('it is written', of('journal-recovered'))).toMatchObject({ lost: 0 });
    await scene.ring('OK');
    await daemon.line('released', about('watch-released', number));
    await scene.expectOneStop(number, disk.journal);
    expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
    await scene.expectSound(disk.journal);
  });

  it.each<readonly [string, (disk: Volume) => void, (disk: Volume) => void]>([
    ['read-only', (disk) => disk.remount('ro'), (disk) => disk.remount('rw')],
    ['not there', (disk) => disk.leave(), (disk) => disk.comeBack()],
  ])('that is %s when a stop of a former life is to be finished: it is, and recorded', async (_, worsen, mend) => {
    await using scene = await openBell(built, 4);
    using disk = volume(scene);
    scene.writePolicy(bellPolicy({ journal: disk.journal }));
    const first = scene.daemon();
    await first.line('start', of('http-listening'));
    await scene.fault({ kind: 'latency', operation: 'StopDeployment', ms: 1_000, count: 1 });
    const number = await scene.deployBad();
    await scene.until('the call is on the wire', async () => (await scene.faultsLeft()) === 0);
    first.child.kill('SIGKILL');
    await first.end();
    await scene.until('AppConfig answers nobody', async () => (await scene.stops()).length === 1);
    worsen(disk);

    const second = scene.daemon();
    await second.line('it is told', of('journal-failed'));
    await second.line('start', of('http-listening'));
    mend(disk);
    await second.line('it is written', of('journal-recovered'));
    await second.line('the end of the stop', of('stop-concluded'));
    await scene.ring('OK');
    await second.line('released', about('watch-released', number));
    expect(await scene.stops()).toEqual([202]);
    await scene.expectOneStop(number, disk.journal);
    expect(await endOf(second)).toEqual({ code: 0, stderr: '' });
    await scene.expectSound(disk.journal);
  });
});
