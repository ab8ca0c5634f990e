/** What a judge keeps of each watch. Writes bytes of heap per watch as JSON, by form and by how long
 * the deployments have been running. */
import type { Calibration } from '../../src/core/calibration.ts';
import { dose } from '../../src/judges/dose.ts';
import { COUNTS, LEARNT, service } from './service.ts';

const [, , watchesText = '', lengthsText = ''] = process.argv;
const watches = Number(watchesText);
const LENGTH = 400;
const BEFORE = 180;

function heap(): number {
  for (let turn = 0; turn < 3; turn++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

async function keptOf(calibration?: Calibration): Promise<readonly number[]> {
  const judge = dose.create(dose.options().parse({ kind: 'dose', ...COUNTS }), 1);
  await judge.prepare?.();
  judge.judge(service(watches, LENGTH, BEFORE, calibration).skipTo(1));
  const services = Array.from({ length: watches }, (_, number) => service(number, LENGTH, BEFORE, calibration));
  const perWatch: number[] = [];
  let kept = 0;
  for (const minute of lengthsText.split(',').map(Number)) {
    // Series and deployments are held by source and watch, and are there before the judge sees them.
    const evidence = services.map((one) => one.skipTo(minute));
    const before = heap();
    for (const one of evidence) judge.judge(one);
    kept += heap() - before;
    perWatch.push(kept / watches);
    evidence.length = 0;
  }
  return perWatch;
}

const dosed = await keptOf();
process.stdout.write(`${JSON.stringify({ dose: dosed, 'dose, learnt': await keptOf(LEARNT) })}\n`);
