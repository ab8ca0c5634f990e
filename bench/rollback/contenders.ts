/** Everybody who takes part, in the order of the tables. */
import { ALPHA } from '../../src/judges/stats/defaults.ts';
import { logStop } from '../../src/judges/stats/evidence.ts';
import { chosenByPower } from './chosen.ts';
import { type Contender, calibrated, either, fixed } from './contender.ts';
import { ADAPTIVE, ANCHORED, doseOf, fallback } from './dose.ts';
import { cusumOf, KAYENTA_Z, oracleOf, poissonOf, rankOf, ratioOf, thresholdOf } from './rivals.ts';

export const MIX = [ADAPTIVE, ANCHORED];
export const LOWEST_Z = 3;
const ANY = Number.NEGATIVE_INFINITY;

const counts: Contender['takes'] = ({ series }) => series.kind === 'counts';

export const plain: Contender = { name: 'threshold z = 3', learn: fixed(thresholdOf, LOWEST_Z) };
export const placed: Contender = { name: 'threshold max(3, placebo)', learn: calibrated(thresholdOf, LOWEST_Z) };
export const mix: Contender = { name: 'MIX', learn: doseOf({ components: MIX }) };
export const halved: Contender = {
  name: 'threshold OR MIX, at α/2',
  learn: either(calibrated(thresholdOf, LOWEST_Z, ALPHA / 2), doseOf({ components: MIX, alpha: ALPHA / 2 })),
};

/** See decision 29. */
export const powered: Contender = { name: 'form chosen by power', learn: chosenByPower };

export const CONTENDERS: readonly Contender[] = [
  plain,
  placed,
  { name: 'adaptive alone', learn: doseOf({ components: [ADAPTIVE] }) },
  { name: 'anchored alone', learn: doseOf({ components: [ANCHORED] }) },
  mix,
  { name: 'threshold OR MIX', learn: either(placed.learn, mix.learn) },
  halved,
  powered,
  { name: 'fallback, η = 1', learn: fallback },
  { name: 'ratio 5/60, placebo', learn: calibrated(ratioOf, ANY) },
  { name: 'CUSUM, placebo', learn: calibrated(cusumOf, ANY) },
  { name: 'Mann-Whitney every tick, 98 %', learn: fixed(rankOf, KAYENTA_Z) },
  { name: 'Mann-Whitney every tick, max(98 %, placebo)', learn: calibrated(rankOf, KAYENTA_Z) },
  { name: 'sequential Poisson, placebo', takes: counts, learn: calibrated(poissonOf, ANY) },
  { name: 'oracle', takes: ({ series }) => series.expected !== undefined, learn: fixed(oracleOf, logStop()) },
];
