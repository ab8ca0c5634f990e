/** Hook format `alertmanager`: the webhook of Prometheus's Alertmanager, version 4. */
import { z } from 'zod';
import { once } from '../lib/once.ts';
import { defineHook } from '../plugin.ts';
import { readGroup } from './reading/alert-group.ts';

const ALERTMANAGER = { tool: 'Alertmanager', version: '4', links: ['generatorURL'] } as const;

export const alertmanager = defineHook({
  kind: 'alertmanager',
  description: "Prometheus's Alertmanager: a webhook receiver, format version 4.",
  options: once(() => z.strictObject({ kind: z.literal('alertmanager') })),
  authenticates: () => false,
  open: () => ({ read: async (message) => readGroup(message, ALERTMANAGER) }),
});
