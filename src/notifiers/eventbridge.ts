/** Notifier `eventbridge`: puts an event on a bus of Amazon EventBridge. */
import type { EventBridgeClient, PutEventsCommandOutput, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { z } from 'zod';
import { FailureError } from '../core/failure.ts';
import type { Notice } from '../core/notice.ts';
import { noticeJson } from '../lib/notice-json.ts';
import { once } from '../lib/once.ts';
import { roleSchema } from '../lib/schema.ts';
import { plainText } from '../lib/text.ts';
import { defineNotifier } from '../plugin.ts';

const BUS = /^arn:aws[a-z-]*:events:([a-z0-9-]+):\d{12}:event-bus\/[\w./-]{1,256}$/;

const options = once(() =>
  z.strictObject({
    kind: z.literal('eventbridge'),
    busArn: z
      .string()
      .regex(BUS, 'expected the ARN of a bus, such as arn:aws:events:eu-west-1:111122223333:event-bus/default')
      .describe('Event bus, by its ARN.'),
    role: roleSchema().exactOptional().describe("Role to put events as; without it the daemon's own credentials."),
    source: z
      .string()
      .regex(/^(?!aws\.)[\w./-]{1,256}$/, 'expected letters, digits and ./-_, not beginning with aws.')
      .default('appconfig-watchdog')
      .describe('`source` of the events.'),
  }),
);

export const DETAIL_TYPE = 'AppConfig Watchdog Notice';

function entryOf(notice: Notice, busArn: string, source: string): PutEventsRequestEntry {
  return {
    EventBusName: busArn,
    Source: source,
    DetailType: DETAIL_TYPE,
    Time: new Date(notice.at),
    Detail: JSON.stringify(noticeJson(notice)),
  };
}

/** The call is answered with 200 also when the event was not taken: what became of it stands inside. */
const RETRYABLE = new Set(['InternalFailure', 'ThrottlingException']);

function requireTaken({ FailedEntryCount = 0, Entries = [] }: PutEventsCommandOutput): void {
  if (FailedEntryCount === 0) return;
  const { ErrorCode: code = 'unknown', ErrorMessage: said = '' } = Entries[0] ?? {};
  const retryable = RETRYABLE.has(code);
  const reason = code === 'ThrottlingException' ? 'throttled' : retryable ? 'unavailable' : 'rejected';
  const message = `PutEvents: ${plainText(said === '' ? 'the event was not taken' : said)}`;
  throw new FailureError({ reason, retryable, message, code: plainText(code, 100) });
}

export const eventbridge = defineNotifier({
  kind: 'eventbridge',
  description: 'Amazon EventBridge: an event with a documented detail, for rules and pipes.',
  options,
  incidents: false,
  open({ busArn, role, source }) {
    const region = BUS.exec(busArn)?.[1] ?? '';
    let client: EventBridgeClient | undefined;
    return {
      async send(notice: Notice, signal: AbortSignal) {
        // Loaded when there is something to tell.
        const [{ EventBridgeClient: Client, PutEventsCommand }, { publish, publisherConfig }] = await Promise.all([
          import('@aws-sdk/client-eventbridge'),
          import('../aws/publishing.ts'),
        ]);
        client ??= new Client(publisherConfig({ region, ...(role === undefined ? {} : { role }) }));
        const command = new PutEventsCommand({ Entries: [entryOf(notice, busArn, source)] });
        const sender = client;
        requireTaken(await publish('PutEvents', () => sender.send(command, { abortSignal: signal }), signal));
      },
      close: () => client?.destroy(),
    };
  },
});
