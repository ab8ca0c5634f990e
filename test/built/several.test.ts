/** The built daemon over several targets, and several daemons over one: nobody is held up, and nothing is stopped twice. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bellPolicy, openBell } from './support/bell.ts';
import { type Package, packProject } from './support/package.ts';
import { about, endOf, events, get, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

const OTHERS = ['us-east-1', 'us-west-2', 'eu-central-1'];
const ROLE = '{ arn: "arn:aws:iam::111122223333:role/watchdog" }';

describe.concurrent('several', { timeout: 120_000 }, () => {
  it('guards the good target as ever while one hangs, one refuses and one is slow', async () => {
    await using scene = await openBell(built, 4);
    const targets = ['eu-west-1', ...OTHERS].map((region) => `  - region: ${region}`).join('\n');
    scene.writePolicy(bellPolicy({ journal: scene.journal, targets }));
    await scene.fault(
      { kind: 'hang', region: 'us-east-1' },
      { kind: 'reset', region: 'us-west-2' },
      { kind: 'latency', region: 'eu-central-1', ms: 5_000 },
    );
    const daemon = scene.daemon();
    await daemon.line('start', of('daemon-started'));
    const refused = await daemon.line('one refuses', of('target-unreachable'));
    expect(refused).toMatchObject({ target: 'us-west-2', critical: true });

    const number = await scene.deployBad();
    const rung = performance.now();
    await daemon.line('the stop', of('stop-answered'));
    // A hanging call is given up after 20 s, so whoever waited for it would be later.
    expect(performance.now() - rung).toBeLessThan(10_000);
    await scene.ring('OK');
    await daemon.line('released', about('watch-released', number));
    await scene.expectOneStop(number);

    await daemon.line('one hangs', (line) => line.event === 'target-unreachable' && line.target === 'us-east-1');
    // Those that cannot be asked are named, the slow one is there, and nothing is wrong with the daemon itself.
    await scene.until(
      'the slow one is found',
      async () => !(await get(daemon, '/readyz')).body.includes('eu-central-1'),
    );
    const { status, body } = await get(daemon, '/readyz');
    expect({ status, told: OTHERS.filter((region) => body.includes(region)) }).toEqual({
      status: 503,
      told: ['us-east-1', 'us-west-2'],
    });
    expect((await get(daemon, '/healthz')).status).toBe(200);
    expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
    await scene.expectSound();
  });

  it('assumes a role once for all it asks, and stops while STS does not answer', async () => {
    await using scene = await openBell(built, 20);
    const targets = `  - { region: eu-west-1, assumeRole: ${ROLE} }`;
    scene.writePolicy(bellPolicy({ journal: scene.journal, targets }));
    const daemon = scene.daemon();
    await daemon.line('start', of('daemon-started'));
    await scene.until('ready', async () => (await get(daemon, '/readyz')).status === 200);
    await scene.fault({ kind: 'hang', operation: 'AssumeRole' });
    const number = await scene.deployBad();
    await daemon.line('the stop', of('stop-concluded'));
    await scene.ring('OK');
    await daemon.line('released', about('watch-released', number));
    await scene.expectOneStop(number);
    const assumed = (await scene.requests()).filter(({ operation }) => operation === 'AssumeRole');
    expect(assumed).toMatchObject([{ status: 200 }]);
    expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
  });

  it('two daemons with a journal each make one effective stop, and both records are whole', async () => {
    await using scene = await openBell(built, 4);
    const journal = join(scene.folder, 'other.sqlite');
    const policyFile = join(scene.folder, 'other.yaml');
    writeFileSync(policyFile, bellPolicy({ journal }));
    const both = [scene.daemon(), scene.daemon({ policyFile })];
    for (const daemon of both) await daemon.line('start', of('http-listening'));
    // Both calls are on the wire at once.
    await scene.fault({ kind: 'latency', operation: 'StopDeployment', ms: 1_500 });
    const number = await scene.deployBad();
    for (const daemon of both) await daemon.line('the end of the stop', of('stop-concluded'));
    await scene.ring('OK');
    for (const daemon of both) await daemon.line('released', about('watch-released', number));
    expect((await scene.stops()).toSorted()).toEqual([202, 400]);
    for (const file of [scene.journal, journal]) await scene.expectOneStop(number, file);
    for (const daemon of both) expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
    for (const file of [scene.journal, journal]) await scene.expectSound(file);
  });

  it('two daemons that share a journal by mistake are told so, stay safe, and leave nothing open', async () => {
    await using scene = await openBell(built, 4);
    const both = [scene.daemon(), scene.daemon()];
    for (const daemon of both) await daemon.line('start', of('http-listening'));
    await scene.fault({ kind: 'latency', operation: 'StopDeployment', ms: 1_500 });
    const number = await scene.deployBad();
    for (const daemon of both) await daemon.line('the end of the stop', of('stop-concluded'));
    await scene.ring('OK');
    for (const daemon of both) await daemon.line('released', about('watch-released', number));
    for (const daemon of both) {
      expect(await daemon.line('it is told', of('journal-shared'))).toMatchObject({
        level: 'warn',
        path: scene.journal,
      });
      expect(events(daemon, 'journal-shared')).toHaveLength(1);
    }
    expect(await scene.rollbacks(number)).toBe(1);
    for (const daemon of both) expect(await endOf(daemon)).toEqual({ code: 0, stderr: '' });
    await scene.expectSound();
    const next = scene.daemon();
    await next.line('start', of('http-listening'));
    expect(JSON.parse((await get(next, '/status')).body)).toMatchObject({ watches: [] });
    expect(await endOf(next)).toEqual({ code: 0, stderr: '' });
    expect(await scene.rollbacks(number)).toBe(1);
  });
});
