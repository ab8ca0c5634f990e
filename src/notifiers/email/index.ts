/** Notifier `email`: by SMTP. */
import type { Transporter } from 'nodemailer';
import { z } from 'zod';
import { FailureError } from '../../core/failure.ts';
import type { Notice } from '../../core/notice.ts';
import { once } from '../../lib/once.ts';
import { secretSchema } from '../../lib/secret.ts';
import { unlessAborted } from '../../lib/unless-aborted.ts';
import { defineNotifier } from '../../plugin.ts';
import { mailFailure } from './failure.ts';
import { letterOf } from './letter.ts';

const ADDRESS = /^(?:[^<>@\r\n"]{0,100}<[^\s<>@]{1,64}@[^\s<>@]{1,255}>|[^\s<>@]{1,64}@[^\s<>@]{1,255})$/;
const address = once(() => z.string().regex(ADDRESS, 'expected an address, such as oncall@example.org'));

const options = once(() =>
  z.strictObject({
    kind: z.literal('email'),
    host: z.string().min(1).max(255).describe('SMTP server.'),
    port: z.int().min(1).max(65_535).default(587).describe('Its port; 465 with `tls: implicit`.'),
    tls: z
      .enum(['starttls', 'implicit', 'none'])
      .default('starttls')
      .describe(
        'starttls: the connection must become a TLS one; implicit: it is one; none: only on a trusted network.',
      ),
    ca: z.string().min(1).exactOptional().describe("Certificates in PEM that are trusted, in place of the system's."),
    auth: z
      .strictObject({
        user: z.string().min(1).describe('User.'),
        password: secretSchema.describe('Password; a secret.'),
      })
      .exactOptional()
      .describe('Without it nobody logs in.'),
    from: address().describe('Sender.'),
    to: z.array(address()).min(1, 'expected at least one address').max(50).describe('Receivers.'),
    subjectPrefix: z.string().max(60).default('').describe('Begins every subject.'),
  }),
);
type Options = z.output<ReturnType<typeof options>>;

/** Below the time one try has, so that the server's step is named that took too long. Real milliseconds. */
const STEP_TIMEOUT = 8_000;

async function transportOf({ host, port, tls, ca, auth }: Options): Promise<Transporter> {
  // Loaded when there is something to tell.
  const { createTransport } = await import('nodemailer');
  return createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(auth === undefined ? {} : { auth: { user: auth.user, pass: auth.password.reveal() } }),
    connectionTimeout: STEP_TIMEOUT,
    greetingTimeout: STEP_TIMEOUT,
    socketTimeout: STEP_TIMEOUT,
    dnsTimeout: STEP_TIMEOUT,
    // A letter holds what it says, and fetches nothing.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

export const email = defineNotifier({
  kind: 'email',
  description: 'Email by SMTP, in text and HTML; letters of one deployment make one thread.',
  options,
  incidents: false,
  open(wanted) {
    const { host, port, from, to, subjectPrefix, auth } = wanted;
    const what = `the mail server ${host}:${port}`;
    const domain = /@([^\s<>@]+)>?$/.exec(from)?.[1] ?? 'localhost';
    let transport: Promise<Transporter> | undefined;
    return {
      async send(notice: Notice, signal: AbortSignal) {
        transport ??= transportOf(wanted);
        const sender = await transport;
        const letter = { from, to, date: new Date(notice.at), ...letterOf(notice, { subjectPrefix, domain }) };
        try {
          await unlessAborted(sender.sendMail(letter), signal);
        } catch (error) {
          if (signal.aborted)
            throw new FailureError({ reason: 'aborted', retryable: false, message: `${what}: given up` });
          throw mailFailure(error, what, auth === undefined ? [] : [auth.password]);
        }
      },
      close: () => void transport?.then((open) => open.close()),
    };
  },
});
