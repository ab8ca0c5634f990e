/** The judges there are: one file each, one line here. */
import { anomalyBand } from './anomaly-band.ts';
import { arms } from './arms.ts';
import { baseline } from './baseline.ts';
import { dose } from './dose.ts';
import { mannWhitneyJudge } from './mann-whitney.ts';
import { threshold } from './threshold.ts';
import { thresholdOrDose } from './threshold-or-dose/index.ts';

export const judges = [threshold, thresholdOrDose, dose, arms, baseline, mannWhitneyJudge, anomalyBand] as const;
