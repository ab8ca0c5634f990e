/** Hook format `eventbridge`: events of alarms and deployments by an API destination. */
import { z } from 'zod';
import { once } from '../lib/once.ts';
import { defineHook } from '../plugin.ts';
import { readEvent } from './reading/aws.ts';
import { objectOf, textOf } from './reading/fields.ts';
import { malformed, rejected } from './reading/refusal.ts';

const options = once(() =>
  z.strictObject({
    kind: z.literal('eventbridge'),
    accounts: z
      .array(z.string().regex(/^\d{12}$/, 'expected a 12-digit account id in quotes'))
      .min(1)
      .exactOptional()
      .describe('Accounts whose events are taken; without it those of any.'),
  }),
);

export const eventbridge = defineHook({
  kind: 'eventbridge',
  description: 'EventBridge API destination: CloudWatch alarms that change state, and AppConfig’s deployment events.',
  options,
  authenticates: () => false,
  open: ({ accounts }) => ({
    async read({ json, receivedAt }) {
      const event = objectOf(json);
      if (event === undefined) throw malformed('the body is not the JSON of an event');
      const account = textOf(event.account);
      if (accounts !== undefined && !accounts.includes(account ?? '')) {
        throw rejected('the event is of an account that is not in the list of this hook');
      }
      return readEvent(event, receivedAt);
    },
  }),
});
