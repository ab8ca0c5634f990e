/** Notifier `webhook`: the notice as JSON to any URL, signed so that its receiver can tell who sent it. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Notice } from '../core/notice.ts';
import { noticeJson } from '../lib/notice-json.ts';
import { keyWithin } from '../lib/notice-text.ts';
import type { NotifierDeps } from '../lib/notifier-deps.ts';
import { once } from '../lib/once.ts';
import { postJson } from '../lib/post-json.ts';
import { secretSchema } from '../lib/secret.ts';
import { webUrlSchema } from '../lib/url-schema.ts';
import { defineNotifier } from '../plugin.ts';

const HEADER = /^[A-Za-z0-9-]{1,64}$/;
const OURS = new Set(['content-type', 'content-length', 'host', 'x-watchdog-signature', 'x-watchdog-id']);

const options = once(() =>
  z.strictObject({
    kind: z.literal('webhook'),
    url: webUrlSchema().describe('Where notices are posted. What is secret belongs into `headers`.'),
    secret: secretSchema.describe('Key of the signature in `x-watchdog-signature`; a secret.'),
    headers: z
      .record(
        z
          .string()
          .regex(HEADER, 'expected the name of a header')
          .refine((name) => !OURS.has(name.toLowerCase()), 'expected a header this program does not set itself'),
        secretSchema,
      )
      .default({})
      .describe('Further headers, such as Authorization; their values are secrets.'),
  }),
);

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`, so that neither can be changed, nor an old one be sent again. */
export function signature(secret: string, seconds: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}

export const webhook = defineNotifier({
  kind: 'webhook',
  description: 'Any HTTP receiver: the notice as JSON, signed by HMAC-SHA256.',
  options,
  incidents: false,
  open({ url, secret, headers }, { http, clock }: NotifierDeps) {
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
    const secrets = [secret, ...Object.values(headers)];
    const what = `the webhook at ${new URL(url).host}`;
    return {
      send(notice: Notice, signal: AbortSignal) {
        const body = JSON.stringify(noticeJson(notice));
        const signed = signature(secret.reveal(), Math.floor(clock.now() / 1_000), body);
        // A header holds no more than ASCII.
        const id = encodeURIComponent(keyWithin(notice.id, 200));
        const all = { ...given, 'x-watchdog-id': id, 'x-watchdog-signature': signed };
        return postJson(http, { what, url, headers: all, body, secrets }, signal);
      },
    };
  },
});
