/** What one more tick costs a judge, by how long the deployment has been running. Writes µs of each round as JSON. */
import type { Calibration } from '../../src/core/calibration.ts';
import type { Judge } from '../../src/core/seams.ts';
import { dose } from '../../src/judges/dose.ts';
import { thresholdOrDose } from '../../src/judges/threshold-or-dose/index.ts';
import { COUNTS, LEARNT, service } from './service.ts';

const [, , lengthsText = '', roundsText = ''] = process.argv;
const lengths = lengthsText.split(',').map(Number);
const rounds = Number(roundsText);
const LENGTH = 400;
const SERVICES = 150;

interface Setup {
  /** Minutes of history. */
  readonly before: number;
  readonly make: () => Judge;
  readonly calibration?: Calibration;
}

const JUDGES: Readonly<Record<string, Setup>> = {
  dose: { before: 180, make: () => dose.create(dose.options().parse({ kind: 'dose', ...COUNTS }), 1) },
  'dose, learnt': {
    before: 180,
    make: () => dose.create(dose.options().parse({ kind: 'dose', ...COUNTS, form: 'by-power' }), 1),
    calibration: LEARNT,
  },
  'threshold-or-dose': {
    before: 1_440,
    make: () => thresholdOrDose.create(thresholdOrDose.options().parse({ kind: 'threshold-or-dose', ...COUNTS }), 1),
  },
};

/** Deployments that all have been running as long, under one rule; each turn is one tick, told as the mean over them. */
function deployments({ before, make, calibration }: Setup, minute: number): () => number {
  const judge = make();
  const services = Array.from({ length: SERVICES }, (_, number) => service(number, LENGTH, before, calibration));
  for (const one of services) judge.judge(one.skipTo(minute - 1));
  return () => {
    const evidence = services.map((one) => one.minute());
    const begun = performance.now();
    for (const one of evidence) judge.judge(one);
    return ((performance.now() - begun) * 1_000) / SERVICES;
  };
}

const measured: Record<string, readonly (readonly number[])[]> = {};
for (const [name, setup] of Object.entries(JUDGES)) {
  await setup.make().prepare?.();
  const turns = lengths.map((minute) => deployments(setup, minute));
  // What is compiled on the way is not a tick's.
  for (let warm = 0; warm < 10; warm++) for (const turn of turns) turn();
  measured[name] = Array.from({ length: rounds }, () => turns.map((turn) => turn()));
}
process.stdout.write(`${JSON.stringify(measured)}\n`);
