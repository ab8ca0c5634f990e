/** The same calibration in numpy, where there is one. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const numbers = z.array(z.number());
export const calibrated = z.object({ seconds: numbers, etas: numbers, alarms: numbers });
export type Calibrated = z.infer<typeof calibrated>;

interface Reason {
  readonly skipped: string;
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';

/** What numpy finds, or why there is none here. Only what is missing is skipped: a script that fails throws. */
export function inNumpy(file: string, rounds: number, env: NodeJS.ProcessEnv = process.env): Calibrated | Reason {
  const python = (args: readonly string[]) => spawnSync('python3', args, { encoding: 'utf8', env });
  const there = python(['-c', 'import numpy, scipy.special']);
  if (there.status !== 0) return { skipped: there.error?.message ?? lastLine(there.stderr) };
  const ran = python([fileURLToPath(new URL('./placebos.py', import.meta.url)), file, String(rounds)]);
  if (ran.status !== 0) throw new Error(`placebos.py failed: ${ran.error?.message ?? ran.stderr}`);
  return calibrated.parse(JSON.parse(ran.stdout));
}
