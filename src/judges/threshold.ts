/** Judge `threshold`: too many of the last datapoints lie above or below a fixed bound. */
import { z } from 'zod';
import { durationSchema } from '../lib/schema.ts';

export const thresholdOptions = z.strictObject({
  kind: z.literal('threshold'),
  above: z.number().optional().describe('A datapoint above this breaches.'),
  below: z.number().optional().describe('A datapoint below this breaches.'),
  breaching: z
    .string()
    .regex(/^[1-9]\d{0,2} of [1-9]\d{0,2}$/, 'expected "M of N", such as 2 of 3')
    .default('2 of 3')
    .describe('How many of the last datapoints must breach: "M of N".'),
  warmup: durationSchema.optional().describe('Datapoints in this time after the start of the deployment do not count.'),
  recovery: z.int().min(1).max(100).default(1).describe('This many datapoints in a row within the bound end a breach.'),
});
