/** Trigger `webhook`: alerts that others sent by a hook or a queue. Nobody is asked: what came is known already. */
import type { AlertBoard } from '../../core/alert.ts';
import type { TriggerContext } from '../../core/seams.ts';
import { defineTrigger } from '../../plugin.ts';
import { mayRing } from './match.ts';
import { opinion } from './opinion.ts';
import { type WebhookOptions, webhookOptions } from './options.ts';
import { webhookPast } from './past.ts';

export const webhook = defineTrigger({
  kind: 'webhook',
  description: 'Alerts sent by a hook or a queue: Alertmanager, Grafana, CloudWatch, Datadog, PagerDuty, any JSON.',
  options: webhookOptions,
  past: webhookPast,
  open({ alerts }: { readonly alerts: AlertBoard }) {
    return {
      check: async (options: WebhookOptions, context: TriggerContext) => opinion(options, alerts, context),
      mayCount: ({ where }, standing, place) => mayRing(where, place)(standing),
    };
  },
});
