/** Each notifier with a receiver of its own, under a test's control; a new one needs its entry here. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { systemClock } from '../../src/lib/clock.ts';
import { httpClient } from '../../src/lib/http.ts';
import { noticeJsonSchema } from '../../src/lib/notice-json.ts';
import { notifiers } from '../../src/notifiers/index.ts';
import { openNotifier } from '../../src/plugin.ts';
import { threadBook } from '../../src/service/threads.ts';
import { mailServer } from '../support/mail.ts';
import { type Received, type Receiver, type Reply, receiver } from '../support/receiver.ts';
import type { NotifierSubject, ReceiverFault } from './notifier.ts';

type Kind = (typeof notifiers)[number]['kind'];

const ajv = new Ajv2020({ strict: false, validateFormats: false });

function validator(schema: object): (value: unknown) => void {
  const validate = ajv.compile(schema);
  return (value) => {
    if (!validate(value)) throw new Error(`not as documented: ${JSON.stringify(validate.errors).slice(0, 2_000)}`);
  };
}

const schemaOf = (name: string) =>
  validator(JSON.parse(readFileSync(new URL(`../notifiers/schemas/${name}.json`, import.meta.url), 'utf8')));

/** The schemas of vendors, and the one this project publishes. */
export const valid = {
  slack: schemaOf('slack-message'),
  teams: schemaOf('teams-message'),
  pagerduty: schemaOf('pagerduty-event'),
  opsgenie: schemaOf('opsgenie-create'),
  notice: validator(z.toJSONSchema(noticeJsonSchema(), { io: 'input', target: 'draft-2020-12' })),
};

const SECRET = 'hunter2hunter2hunter2hunter2hunt';

const STATUS: Readonly<Record<Exclude<ReceiverFault, 'reset' | 'hang'>, number>> = {
  throttled: 429,
  broken: 500,
  unavailable: 503,
  refused: 400,
  denied: 403,
  echo: 400,
};

const repeated = ({ path, headers, body }: Received) => JSON.stringify({ path, headers, body });

/** The usual answers of an HTTP API. */
function httpReply(fault: ReceiverFault, request: Received): Reply | 'hang' | 'reset' {
  if (fault === 'hang' || fault === 'reset') return fault;
  const status = STATUS[fault];
  const headers = fault === 'throttled' ? { 'retry-after': '7' } : {};
  return { status, headers, body: fault === 'echo' ? repeated(request) : '{"message":"no"}' };
}

/** What one kind sends to, how it answers, and what it shows; `show` throws where a payload is not as documented. */
interface HttpSubject {
  readonly options: (url: string) => object;
  readonly fine: (request: Received) => Reply;
  readonly fault?: (fault: ReceiverFault, request: Received) => Reply | 'hang' | 'reset';
  readonly show: (request: Received) => string;
}

const deps = () => {
  const clock = systemClock();
  return { http: httpClient(), clock, threads: threadBook(clock, () => {}).of('it') };
};

export function opened(kind: Kind, options: object, given = deps()) {
  const plugin = notifiers.find((one) => one.kind === kind);
  if (plugin === undefined) throw new Error(`no notifier ${kind}`);
  const parsed: { kind: string } = plugin.options().parse({ kind, ...options });
  return { notifier: openNotifier(notifiers, parsed, given), incidents: plugin.incidents, http: given.http };
}

async function httpSubject(kind: Kind, secrets: readonly string[], wanted: HttpSubject): Promise<NotifierSubject> {
  const there: Receiver = await receiver(wanted.fine);
  const { notifier, incidents, http } = opened(kind, wanted.options(there.url));
  const reply = wanted.fault ?? httpReply;
  return {
    notifier,
    incidents,
    secrets,
    fault(fault) {
      there.received.length = 0;
      there.reply = fault === undefined ? wanted.fine : (request) => reply(fault, request);
    },
    checked: async () => there.received.map(wanted.show),
    attempts: () => there.received.length,
    async [Symbol.asyncDispose]() {
      notifier.close?.();
      await http.close();
      await there[Symbol.asyncDispose]();
    },
  };
}

/** All texts in a JSON value, as a person sees them. */
function textsIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value).map(textsIn).join('\n');
}

const json = (check: (value: unknown) => void) => (request: Received) => {
  const value: unknown = JSON.parse(request.body);
  check(value);
  return textsIn(value);
};

const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

function slackShow(value: unknown): string {
  valid.slack(value);
  if (JSON.stringify(value).length > 13_000) throw new Error('longer than Slack takes');
  const told = textsIn(value);
  // Whatever begins something in Slack's markup is a link this program made.
  if (/<(?!https:\/\/)/.test(told)) throw new Error(`markup of others: ${told.slice(0, 500)}`);
  return unescaped(told);
}

function teamsShow(value: unknown): string {
  valid.teams(value);
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > 28 * 1024) throw new Error(`${bytes} bytes are more than Teams takes`);
  return textsIn(value);
}

const AWS_CODES: Readonly<Record<Exclude<ReceiverFault, 'reset' | 'hang'>, readonly [number, string]>> = {
  throttled: [400, 'ThrottlingException'],
  broken: [500, 'InternalFailure'],
  unavailable: [503, 'ServiceUnavailable'],
  refused: [400, 'InvalidParameter'],
  denied: [403, 'AccessDeniedException'],
  echo: [400, 'InvalidParameter'],
};

function awsReply(form: (code: string, message: string) => string) {
  return (fault: ReceiverFault, request: Received): Reply | 'hang' | 'reset' => {
    if (fault === 'hang' || fault === 'reset') return fault;
    const [status, code] = AWS_CODES[fault];
    return { status, body: form(code, fault === 'echo' ? repeated(request).replace(/[<>&]/g, ' ') : 'no') };
  };
}

function asAws<Made>(service: string, url: string, make: () => Made): Made {
  process.env[`AWS_ENDPOINT_URL_${service}`] = url;
  process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = SECRET;
  return make();
}

function snsShow({ body }: Received): string {
  const form = new URLSearchParams(body);
  const subject = form.get('Subject') ?? '';
  if (!/^[!-~][ -~]{0,99}$/.test(subject)) throw new Error(`a subject that SNS does not take: ${subject}`);
  const message = form.get('Message') ?? '';
  if (Buffer.byteLength(message) > 256 * 1024) throw new Error('a message that SNS does not take');
  return message;
}

function eventShow({ body, headers }: Received): string {
  if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') throw new Error('not PutEvents');
  if (Buffer.byteLength(body) > 256 * 1024) throw new Error('an entry that EventBridge does not take');
  const { Entries } = z.object({ Entries: z.tuple([z.looseObject({ Detail: z.string() })]) }).parse(JSON.parse(body));
  const detail: unknown = JSON.parse(Entries[0].Detail);
  valid.notice(detail);
  return textsIn(detail);
}

async function emailSubject(): Promise<NotifierSubject> {
  const server = await mailServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) =>
      username === 'watchdog' && password === SECRET ? done(null, { user: username }) : done(new Error('no')),
  });
  const options = {
    ...{ host: '127.0.0.1', port: server.port, tls: 'none' },
    auth: { user: 'watchdog', password: SECRET },
    from: 'Watchdog <watchdog@example.org>',
    to: ['oncall@example.org'],
  };
  const { notifier, incidents, http } = opened('email', options);
  let before = 0;
  const FAULTS: Readonly<Record<ReceiverFault, typeof server.fault>> = {
    throttled: { code: 451, says: '4.7.1 slow down' },
    broken: { code: 421, says: '4.3.0 broken' },
    unavailable: { code: 450, says: '4.2.0 busy' },
    reset: 'reset',
    refused: { code: 550, says: '5.7.1 refused' },
    denied: { code: 554, says: '5.7.0 denied' },
    echo: { code: 550, says: `5.0.0 ECHO ${SECRET}` },
    hang: 'hang',
  };
  return {
    notifier,
    incidents,
    secrets: [SECRET],
    fault(fault) {
      before = server.connections();
      server.fault = fault === undefined ? undefined : FAULTS[fault];
    },
    async checked() {
      return server.letters.map(({ headers, text, html }) => {
        if (Object.keys(headers).includes('bcc')) throw new Error('a header of others');
        if (/<(?:script|img|iframe)/i.test(html)) throw new Error('markup of others');
        const { subject = '' } = headers;
        return [subject, text.replaceAll('\r\n', '\n')].join('\n');
      });
    },
    attempts: () => server.connections() - before,
    async [Symbol.asyncDispose]() {
      notifier.close?.();
      await http.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const accepted =
  (body: string, status = 200) =>
  () => ({ status, body });

/** The bot's answers are 200 whatever happened, but for too many. */
const botWord: Readonly<Record<string, string>> = {
  broken: 'internal_error',
  unavailable: 'service_unavailable',
  refused: 'channel_not_found',
  denied: 'invalid_auth',
};

const BOT = {
  kind: 'slack' as const,
  secrets: [SECRET],
  subject: {
    options: (url: string) => ({ token: SECRET, channel: 'C0123456789', apiUrl: `${url}/api/` }),
    fine: accepted('{"ok":true,"ts":"1700000000.000100"}'),
    fault(fault: ReceiverFault, request: Received) {
      const error = botWord[fault];
      if (error === undefined) return httpReply(fault, request);
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ok: false, error }),
      };
    },
    show({ body }: Received) {
      const form = Object.fromEntries(new URLSearchParams(body));
      const { blocks = '[]', reply_broadcast, unfurl_links, unfurl_media, ...plain } = form;
      const flags = Object.entries({ reply_broadcast, unfurl_links, unfurl_media });
      const given = flags.flatMap(([key, value]) => (value === undefined ? [] : [[key, value === 'true']]));
      return slackShow({ ...plain, ...Object.fromEntries(given), blocks: JSON.parse(blocks) });
    },
  },
};

const NAME = 'T0123/B0123/hunter2hunter2';

export const notifierSubjects: Readonly<Record<Kind, () => Promise<NotifierSubject>>> = {
  slack: () =>
    httpSubject('slack', [NAME], {
      options: (url) => ({ webhookUrl: `${url}/services/${NAME}` }),
      fine: accepted('ok'),
      show: ({ body }) => slackShow(JSON.parse(body)),
    }),
  teams: () =>
    httpSubject('teams', [NAME], {
      options: (url) => ({ url: `${url}/workflows/${NAME}` }),
      fine: accepted('', 202),
      show: ({ body }) => teamsShow(JSON.parse(body)),
    }),
  pagerduty: () =>
    httpSubject('pagerduty', [SECRET], {
      options: (url) => ({ routingKey: SECRET, url: `${url}/v2/enqueue` }),
      fine: accepted('{"status":"success","message":"Event processed","dedup_key":"x"}', 202),
      show: json(valid.pagerduty),
    }),
  opsgenie: () =>
    httpSubject('opsgenie', [SECRET], {
      options: (url) => ({ apiKey: SECRET, url: `${url}/v2/alerts` }),
      fine: accepted('{"result":"Request will be processed","took":0.3,"requestId":"1"}', 202),
      show: (request) => {
        if (request.headers.authorization !== `GenieKey ${SECRET}`) throw new Error('not authorised');
        if (!request.path.endsWith('/close?identifierType=alias')) return json(valid.opsgenie)(request);
        return textsIn(JSON.parse(request.body));
      },
    }),
  webhook: () =>
    httpSubject('webhook', [SECRET, 'Bearer hunter3hunter3'], {
      options: (url) => ({ url: `${url}/hook`, secret: SECRET, headers: { Authorization: 'Bearer hunter3hunter3' } }),
      fine: accepted(''),
      show: json(valid.notice),
    }),
  sns: () =>
    httpSubject('sns', [SECRET], {
      options: (url) => asAws('SNS', url, () => ({ topicArn: 'arn:aws:sns:eu-west-1:111122223333:oncall' })),
      fine: accepted(
        '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>',
      ),
      fault: awsReply(
        (code, message) =>
          `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
      ),
      show: snsShow,
    }),
  eventbridge: () =>
    httpSubject('eventbridge', [SECRET], {
      options: (url) =>
        asAws('EVENTBRIDGE', url, () => ({ busArn: 'arn:aws:events:eu-west-1:111122223333:event-bus/default' })),
      fine: accepted('{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}'),
      fault: awsReply((code, message) => JSON.stringify({ __type: code, message })),
      show: eventShow,
    }),
  email: emailSubject,
};

/** Kinds that speak in two ways stand under the contract with both. */
export const furtherSubjects: Readonly<Record<string, () => Promise<NotifierSubject>>> = {
  'slack by a bot': () => httpSubject(BOT.kind, BOT.secrets, BOT.subject),
};
