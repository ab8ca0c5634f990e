/** Judge `threshold`: too many of the last datapoints lie above or below a fixed bound. */
import { z } from 'zod';
import { once } from '../lib/once.ts';
import { defineJudge } from '../plugin.ts';
import { boundsJudge } from './reading/bounds.ts';
import { boundsOptions } from './reading/bounds-options.ts';

const thresholdOptions = once(() =>
  z
    .strictObject({
      kind: z.literal('threshold'),
      above: z.number().optional().describe('A datapoint above this breaches.'),
      below: z.number().optional().describe('A datapoint below this breaches.'),
      ...boundsOptions(),
    })
    .refine((options) => options.above !== undefined || options.below !== undefined, {
      message: 'expected `above`, `below` or both',
    })
    .refine((options) => options.above === undefined || options.below === undefined || options.below < options.above, {
      path: ['below'],
      message: 'expected `below` to be less than `above`: a datapoint breaches when it is outside of the two',
    }),
);

export const threshold = defineJudge({
  kind: 'threshold',
  description: 'Too many of the last datapoints lie above or below a fixed bound.',
  options: thresholdOptions,
  create: (options) => boundsJudge(options),
});
