/** Notifier `slack`: an incoming webhook, or a bot that keeps one thread for each deployment. */
import { z } from 'zod';
import type { Notice } from '../../core/notice.ts';
import type { NotifierDeps } from '../../lib/notifier-deps.ts';
import { once } from '../../lib/once.ts';
import { secretSchema, secretUrlSchema } from '../../lib/secret.ts';
import { webUrlSchema } from '../../lib/url-schema.ts';
import { defineNotifier } from '../../plugin.ts';
import { slackFailure } from './answer.ts';
import { slackMessage } from './blocks.ts';
import { slackTransport } from './transport.ts';

const options = once(() =>
  z
    .strictObject({
      kind: z.literal('slack'),
      webhookUrl: secretUrlSchema.exactOptional().describe('URL of an incoming webhook; a secret.'),
      token: secretSchema
        .exactOptional()
        .describe('Token of a bot with `chat:write` that is in the channel, `xoxb-…`; a secret. Makes threads.'),
      channel: z.string().min(1).max(80).exactOptional().describe('Id of the channel, with `token`.'),
      apiUrl: webUrlSchema().exactOptional().describe("Slack's API where it is another one: GovSlack, a proxy."),
    })
    .refine(({ webhookUrl, token }) => (webhookUrl === undefined) !== (token === undefined), {
      message: 'expected either webhookUrl or token with channel',
    })
    .refine(({ token, channel }) => (token === undefined) === (channel === undefined), {
      message: 'expected channel with token, and only with it',
    }),
);
type Options = z.output<ReturnType<typeof options>>;

type Send = (notice: Notice, signal: AbortSignal) => Promise<void>;

function byWebhook(url: string, { http }: NotifierDeps): Send {
  return async (notice, signal) => {
    // Loaded when there is something to tell.
    const { IncomingWebhook } = await import('@slack/webhook');
    const transport = slackTransport(http, signal);
    // Tries once: whoever tells people owns the retries.
    const webhook = new IncomingWebhook(url, { fetch: transport.fetch });
    await webhook.send(slackMessage(notice)).catch((error: unknown) => {
      throw slackFailure(error, transport.failure());
    });
  };
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {}, setName() {}, setLevel() {} };

function byBot(bot: { token: string; channel: string; apiUrl?: string }, { http, threads }: NotifierDeps): Send {
  return async (notice, signal) => {
    const { LogLevel, WebClient } = await import('@slack/web-api');
    const transport = slackTransport(http, signal);
    const client = new WebClient(bot.token, {
      fetch: transport.fetch,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: { ...SILENT, getLevel: () => LogLevel.ERROR },
      ...(bot.apiUrl === undefined ? {} : { slackApiUrl: bot.apiUrl }),
    });
    // Only a deployment is a story that ends.
    const about = notice.subject === undefined ? undefined : `${bot.channel}/${notice.thread}`;
    const first = about === undefined ? undefined : threads.of(about);
    const thread = first === undefined ? {} : { thread_ts: first, reply_broadcast: notice.severity === 'critical' };
    const message = { channel: bot.channel, ...slackMessage(notice), unfurl_links: false, unfurl_media: false };
    try {
      const { ts } = await client.chat.postMessage({ ...message, ...thread });
      if (first === undefined && ts !== undefined && about !== undefined) threads.began(about, ts);
    } catch (error) {
      throw slackFailure(error, transport.failure());
    }
  };
}

function sendOf({ webhookUrl, token, channel = '', apiUrl }: Options, deps: NotifierDeps): Send {
  if (webhookUrl !== undefined) return byWebhook(webhookUrl.reveal(), deps);
  return byBot({ token: token?.reveal() ?? '', channel, ...(apiUrl === undefined ? {} : { apiUrl }) }, deps);
}

export const slack = defineNotifier({
  kind: 'slack',
  description: 'Slack, by an incoming webhook, or by a bot token with one thread for each deployment.',
  options,
  incidents: false,
  open: (wanted, deps: NotifierDeps) => ({ send: sendOf(wanted, deps) }),
});
