/** How alerts stood at any instant of the past, out of what came by a hook; pure. */
import { z } from 'zod';
import { type StandingAlert, stand } from '../../core/alert.ts';
import type { PastOpinion } from '../../core/seams.ts';
import type { Instant } from '../../core/time.ts';
import { once } from '../../lib/once.ts';
import { instantSchema } from '../../lib/schema.ts';
import { opinion } from './opinion.ts';
import type { WebhookOptions } from './options.ts';

const messageSchema = once(() =>
  z.looseObject({
    /** When it came. */
    at: instantSchema(),
    /** Absent where the hook was heard for the first time, and nothing else. */
    alert: z
      .looseObject({
        key: z.string(),
        name: z.string(),
        state: z.enum(['firing', 'resolved', 'other']),
        status: z.string().optional(),
        labels: z.record(z.string(), z.string()).default({}),
        since: instantSchema().exactOptional(),
        summary: z.string().default(''),
        url: z.string().exactOptional(),
      })
      .transform((alert) => ({ ...alert, status: alert.status ?? alert.state }))
      .optional(),
  }),
);

/** Its text form: what came by the hook, oldest first or not. Alerts from before the deployment count as they do in the daemon. */
export const webhookPast = once(() =>
  z.array(messageSchema()).transform((all): PastOpinion<WebhookOptions> => {
    const messages = all.toSorted((a, b) => a.at - b.at);
    const standing = new Map<string, StandingAlert>();
    let taken = 0;
    let until: Instant = Number.NEGATIVE_INFINITY;
    const takeUntil = (now: Instant) => {
      if (now < until) {
        standing.clear();
        taken = 0;
      }
      until = now;
      for (let next = messages[taken]; next !== undefined && next.at <= now; next = messages[++taken]) {
        if (next.alert === undefined) continue;
        const one = stand(standing.get(next.alert.key), next.alert, next.at);
        if (one !== undefined) standing.set(next.alert.key, one);
      }
    };
    return {
      news: messages.flatMap(({ at, alert }) => (alert === undefined ? [] : [at])),
      check(options, context) {
        takeUntil(context.now);
        return opinion(options, { of: () => [...standing.values()], isHeard: () => taken > 0 }, context);
      },
    };
  }),
);
