/** The judges there are: one file each, one line here. */
import { dose } from './dose/index.ts';
import { threshold } from './threshold/index.ts';
import { thresholdOrDose } from './threshold-or-dose/index.ts';

export const judges = [threshold, dose, thresholdOrDose] as const;
