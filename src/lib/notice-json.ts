/** A notice as JSON for programs: what the webhook posts and EventBridge carries. One schema for both. */
import { z } from 'zod';
import { NOTICE_KINDS, type Notice, type NoticeSubject, SEVERITIES } from '../core/notice.ts';
import { iso } from '../core/time.ts';
import { bounded } from './notice-text.ts';
import { once } from './once.ts';

const named = once(() => z.strictObject({ id: z.string(), name: z.string() }));

const subjectSchema = once(() =>
  z
    .strictObject({
      target: z.string().describe('Name of the target in the policy file.'),
      region: z.string(),
      account: z.string().optional().describe('Twelve digits, when known.'),
      application: named(),
      environment: named(),
      profile: named(),
      deployment: z.int().describe('Deployment number.'),
      version: z.string().describe('Configuration version.'),
      state: z.string().describe('State of the deployment as last seen: DEPLOYING, BAKING, ROLLED_BACK, …'),
      percentage: z.number().describe('Share of the clients that have the configuration now, 0 to 100.'),
      peak: z.number().describe('Largest share of the clients that had it so far, 0 to 100.'),
    })
    .describe('The deployment it is about; absent for what is about none.'),
);

export const noticeJsonSchema = once(() =>
  z
    .strictObject({
      version: z.literal(1).describe('Version of this format; fields may be added without a new one.'),
      id: z.string().describe('Equal exactly when it is about the same happening.'),
      at: z.iso.datetime().describe('When it happened (UTC).'),
      kind: z.enum(NOTICE_KINDS).describe('See docs/notifications.md; kinds may be added.'),
      severity: z.enum(SEVERITIES),
      title: z.string().max(300).describe('One line for a person.'),
      because: z.array(z.string().max(1_000)).max(20).describe('Every reason, with its numbers.'),
      facts: z.array(z.strictObject({ name: z.string(), value: z.string() })).max(20),
      links: z.array(z.strictObject({ text: z.string(), url: z.string() })).max(10),
      thread: z.string().describe('Equal for notices of one story: one deployment, one target, the daemon.'),
      incident: z
        .strictObject({ action: z.enum(['open', 'close']), key: z.string() })
        .optional()
        .describe('What somebody has to look after until it is over; absent for what needs nobody.'),
      policies: z.array(z.string()).describe('Names of the policies it concerns.'),
      deployment: subjectSchema().optional(),
    })
    .meta({ title: 'appconfig-watchdog notice', description: 'What appconfig-watchdog tells programs.' }),
);

export type NoticeJson = z.input<ReturnType<typeof noticeJsonSchema>>;

function subjectJson(subject: NoticeSubject): NoticeJson['deployment'] {
  const { ref, account, application, environment, profile, version, state, percentage, peak } = subject;
  return {
    target: ref.target,
    region: ref.region,
    ...(account === undefined ? {} : { account }),
    application: { id: application.id, name: application.name },
    environment: { id: environment.id, name: environment.name },
    profile: { id: profile.id, name: profile.name },
    deployment: ref.number,
    version,
    state,
    percentage,
    peak,
  };
}

/** Bounded: whatever a notice holds, it is no more than 256 KiB. */
export function noticeJson(notice: Notice): NoticeJson {
  const told = bounded(notice);
  const { id, at, kind, severity, title, because, facts, links, thread, incident, policies, subject } = told;
  return {
    version: 1,
    id,
    at: iso(at),
    kind,
    severity,
    title,
    because: [...because],
    facts: facts.map(({ name, value }) => ({ name, value })),
    links: links.map(({ text, url }) => ({ text, url })),
    thread,
    ...(incident === undefined ? {} : { incident: { action: incident.action, key: incident.key } }),
    policies: [...policies],
    ...(subject === undefined ? {} : { deployment: subjectJson(subject) }),
  };
}

/** The schema as text, as config/notice.schema.json holds it. */
export function noticeJsonSchemaText(): string {
  const schema = z.toJSONSchema(noticeJsonSchema(), { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
