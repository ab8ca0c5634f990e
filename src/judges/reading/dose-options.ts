/** Options of the judges that follow the exposure. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { durationSchema } from '../../lib/schema.ts';
import { ALPHA } from '../stats/defaults.ts';
import { metricOptions } from './metric.ts';

export const alphaOption = once(() =>
  z
    .number()
    .min(0.0001)
    .max(0.2)
    .default(ALPHA)
    .describe(
      'Share of harmless deployments that may be stopped. Where several rules of a policy have an alpha, each gets its part of it.',
    ),
);

export const uncalibratedOption = once(() =>
  z
    .enum(['advise', 'stop'])
    .default('advise')
    .describe(
      'What the rule may do while its placebos have not shown that it seldom stops what is harmless: say so, or stop all the same.',
    ),
);

export const historyOption = once(() =>
  durationSchema.prefault('7d').describe('How far back the calibration looks for stretches without a deployment.'),
);

export const doseOptions = once(() => ({
  ...metricOptions(),
  harm: z.enum(['up', 'down']).default('up').describe('Which way harm moves the metric.'),
  alpha: alphaOption(),
  smallestEffect: z
    .number()
    .gt(1)
    .max(20)
    .default(1.25)
    .describe('Factor on the metric of an exposed client below which harm is not worth a stop.'),
  fewestEvents: z
    .int()
    .min(0)
    .default(10)
    .describe('Events since the first exposed client without which counts stop nothing; not asked of a drop.'),
  settleAfterStep: durationSchema
    .prefault('0s')
    .describe(
      'How long after each exposure step a period weighs little, for metrics that blip harmlessly then (cold caches).',
    ),
  poll: durationSchema.prefault('60s').describe('How long it takes until all clients of a step have asked for it.'),
  form: z
    .enum(['mix', 'by-power'])
    .default('mix')
    .describe(
      'How its evidence is weighed: its two memories as specified, or those and what is learnt of the metric in the way that lets the least harm through that is put into placebos of this very metric.',
    ),
  history: historyOption(),
  uncalibrated: uncalibratedOption(),
}));

export type DoseSetup = z.output<z.ZodObject<ReturnType<typeof doseOptions>, z.core.$strict>>;
