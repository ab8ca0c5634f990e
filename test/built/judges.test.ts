/** The judges that stand on statistics, as they are published: loaded where a policy names one, and nowhere else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type Package, packProject } from './support/package.ts';
import { supportFile } from './support/process.ts';
import { openScene, policyText, type Scene } from './support/scene.ts';
import { about, endOf, of } from './support/told.ts';

let built: Package;
beforeAll(async () => {
  built = await packProject();
});
afterAll(() => built[Symbol.asyncDispose]());

const DOSE = '{ kind: dose, metric: counts, events: errors, requests: requests, history: 8h }';
const withDose = (text: string) => text.replace(/judge: \{.*\}/, `judge: ${DOSE}`);

/** Ten hours of quiet that differs a little from minute to minute. */
async function putPast({ cloudwatch, clock }: Scene): Promise<void> {
  const Dimensions = [{ Name: 'Service', Value: 'checkout' }];
  for (let minute = 16; minute < 600; minute += 100) {
    const MetricData = Array.from({ length: 100 }, (_, index) => {
      const Timestamp = new Date(clock.now() - (minute + index) * 60_000);
      const errors = 6 + (((minute + index) * 7) % 5) - 2;
      return [
        { MetricName: 'Requests', Value: 6_000, Timestamp, Dimensions },
        { MetricName: 'Errors', Value: errors, Timestamp, Dimensions },
      ];
    }).flat();
    await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
  }
}

const loadedOf = (file: string) =>
  z
    .array(z.string())
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .flatMap((url) => /\/dist\/chunks\/(cephes|thread)\.js$/.exec(url)?.[1] ?? [])
    .toSorted();

it.each([
  ['a threshold', (text: string) => text, []],
  ['dose', withDose, ['cephes', 'thread']],
] as const)(
  'a policy with %s stops what does harm, and loads what it needs',
  { timeout: 120_000 },
  async (_, of_, needs) => {
    await using scene = await openScene(built, 60);
    await putPast(scene);
    scene.writePolicy(of_(policyText(scene.journal)));
    expect(await scene.command('check', scene.policyFile)).toMatchObject({ code: 0, stderr: '' });
    const modules = join(scene.folder, 'modules.json');
    const watched = { NODE_OPTIONS: `--import ${supportFile('list-modules.mjs')}`, MODULES_TO: modules };
    const daemon = scene.daemon({ env: watched });
    await daemon.line('HTTP', of('http-listening'));
    const bad = await scene.shop.deploy({ flag: 'bad' });
    await daemon.line('the stop is settled', about('stop-settled', bad));
    if (needs.length > 0) {
      expect(await daemon.line('the calibration', of('rule-calibrated'))).toMatchObject({
        falseStopRate: 0,
        level: 'info',
      });
      expect(daemon.stdout()).toMatch(/errors per requests per exposed client .* higher than expected/);
    }
    expect((await endOf(daemon)).code).toBe(0);
    expect(loadedOf(modules)).toEqual(needs);
  },
);
