/** Options of the judges that hold datapoints against bounds. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { durationSchema } from '../../lib/schema.ts';
import { BREACHING, countsOf } from './bounds.ts';

export const boundsOptions = once(() => ({
  breaching: z
    .string()
    .regex(BREACHING, { error: 'expected "M of N", such as 2 of 3', abort: true })
    .refine(
      (text) => countsOf(text).need <= countsOf(text).of,
      'expected M of N with M no larger than N, such as 2 of 3',
    )
    .default('2 of 3')
    .describe('How many of the last datapoints must breach: "M of N".'),
  warmup: durationSchema
    .optional()
    .describe('Datapoints that begin in this time after the start of the deployment do not count.'),
  recovery: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('A breach ends when fewer than M of the last N breach and this many in a row are within the bounds.'),
}));
