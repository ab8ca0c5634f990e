/** Hook format `grafana`: the webhook contact point of Grafana's alerting. */
import { z } from 'zod';
import type { Alert } from '../core/alert.ts';
import { once } from '../lib/once.ts';
import { defineHook } from '../plugin.ts';
import { type Dialect, readGroup } from './reading/alert-group.ts';

const ABOUT_DATA: ReadonlyMap<string | undefined, string> = new Map([
  ['DatasourceNoData', 'NoData'],
  ['DatasourceError', 'Error'],
]);

/** Grafana sends alerts of its own where a rule has no data or cannot be asked; the rule is in another label. */
function aboutData(labels: Alert['labels']) {
  const status = ABOUT_DATA.get(labels.alertname);
  return status === undefined ? undefined : { name: labels.rulename ?? labels.alertname ?? '', status };
}

const GRAFANA: Dialect = {
  tool: 'Grafana',
  version: '1',
  links: ['panelURL', 'dashboardURL', 'generatorURL'],
  aside: aboutData,
};

export const grafana = defineHook({
  kind: 'grafana',
  description: "Grafana's alerting: a contact point of type webhook.",
  options: once(() => z.strictObject({ kind: z.literal('grafana') })),
  authenticates: () => false,
  open: () => ({ read: async (message) => readGroup(message, GRAFANA) }),
});
