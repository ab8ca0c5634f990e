/** Every format of messages that come in there is. A new one is a file or folder here and a line below. */
import { alertmanager } from './alertmanager.ts';
import { datadog } from './datadog.ts';
import { eventbridge } from './eventbridge.ts';
import { generic } from './generic.ts';
import { grafana } from './grafana.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import { sns } from './sns/index.ts';

export const hooks = [alertmanager, grafana, sns, eventbridge, datadog, pagerduty, opsgenie, generic] as const;
