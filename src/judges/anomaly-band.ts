/** Judge `anomaly-band`: too many of the last datapoints lie outside of the band that CloudWatch expects them in. */
import { z } from 'zod';
import { once } from '../lib/once.ts';
import { defineJudge } from '../plugin.ts';
import { boundsJudge } from './reading/bounds.ts';
import { boundsOptions } from './reading/bounds-options.ts';

const bandOptions = once(() =>
  z.strictObject({
    kind: z.literal('anomaly-band'),
    side: z
      .enum(['above', 'below', 'both'])
      .default('above')
      .describe(
        'Which side of the band is harm. The source has to be a bare ANOMALY_DETECTION_BAND(metric, width), whose value is how far the metric lies outside of it.',
      ),
    ...boundsOptions(),
  }),
);

const WORDS = { above: 'above its band', below: 'below its band', both: 'outside of its band' } as const;

export const anomalyBand = defineJudge({
  kind: 'anomaly-band',
  description: 'Too many of the last datapoints lie outside of the band that CloudWatch learnt for the metric.',
  options: bandOptions,
  create: ({ side, ...options }) => {
    const bounds = {
      ...(side === 'below' ? {} : { above: 0 }),
      ...(side === 'above' ? {} : { below: 0 }),
    };
    return boundsJudge({ ...options, ...bounds }, WORDS[side]);
  },
});
