/** The notifiers there are: one file or folder each, one line here. */
import { email } from './email/index.ts';
import { eventbridge } from './eventbridge.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack/index.ts';
import { sns } from './sns.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

export const notifiers = [slack, teams, pagerduty, opsgenie, sns, eventbridge, webhook, email] as const;
