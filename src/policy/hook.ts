/** The part of the policy file that says which messages come in, by HTTP and by queues, and from whom. */
import { z } from 'zod';
import { authSchema } from '../hooks/auth/options.ts';
import { hooks } from '../hooks/index.ts';
import { topicsSchema } from '../hooks/sns/index.ts';
import { once } from '../lib/once.ts';
import { durationSchema, nameSchema, roleSchema } from '../lib/schema.ts';
import { whenRead } from '../lib/when-read.ts';
import { oneOf } from './one-of.ts';

/** What every hook has beside the options of its format. */
const common = once(() => ({
  auth: authSchema().exactOptional().describe('How the hook knows its senders.'),
  insecure: z
    .literal(true, 'expected true, or nothing')
    .exactOptional()
    .describe('Takes messages from anybody who reaches it; only where `http.host` is a loopback address.'),
  bodyLimit: z
    .int()
    .min(1_024)
    .max(16 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('Longest message in bytes.'),
  rate: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('Authentic messages a second on average, ten times as many at once; the sender is told to come again.'),
}));

/** Keys that are none of a format's own. */
export const commonKeys = (): readonly string[] => Object.keys(common());

interface Format {
  readonly kind: string;
  readonly options: () => z.ZodObject<{ kind: z.ZodLiteral<string> }>;
}

/** The options of one format, told apart by `kind`, with what every hook has. */
function formats() {
  const plugins: readonly Format[] = hooks;
  return oneOf(plugins.map(({ kind, options }) => ({ kind, options: () => options().safeExtend(common()) })));
}

/** Names stand in the path of the request: a hook named `pager` is POST /hooks/pager. */
export const hooksSchema = z.record(nameSchema, formats());

const QUEUE_URL = /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/\d{12}\/[A-Za-z0-9_.-]{1,80}$/;

const queueSchema = once(() =>
  z
    .strictObject({
      url: z
        .string()
        .max(500)
        .regex(/^https?:\/\/[\w.:[\]-]+\/[\w./-]+$/, 'expected the URL of a queue')
        .refine((url) => URL.canParse(url), 'expected the URL of a queue')
        .describe('URL of the queue, as SQS gives it.'),
      region: z
        .string()
        .regex(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/, 'expected a region, such as eu-west-1')
        .exactOptional()
        .describe('Region of the queue; without it the one in the URL.'),
      role: roleSchema()
        .exactOptional()
        .describe('Role to assume for the queue; without it the daemon’s own credentials.'),
      wait: durationSchema
        .prefault('20s')
        .refine(
          (wait) => wait >= 1_000 && wait <= 20_000 && wait % 1_000 === 0,
          'expected whole seconds from 1s to 20s',
        )
        .describe('How long one request waits for a message; the longer, the fewer requests.'),
      topics: topicsSchema()
        .exactOptional()
        .describe('Topics of SNS whose messages are taken; without it all the policy of the queue lets in.'),
      signatures: z
        .enum(['verify', 'ignore'])
        .default('verify')
        .describe(
          'Signatures of SNS, where a message has one. ignore: nothing but the policy of the queue says who may write, and no certificate is fetched.',
        ),
    })
    .superRefine(({ url, region }, context) => {
      const own = QUEUE_URL.exec(url)?.[1];
      if (region === undefined && own === undefined) {
        const message = 'expected the region as well: the URL does not say it';
        context.addIssue({ code: 'custom', path: ['region'], message });
      }
      if (region !== undefined && own !== undefined && region !== own) {
        context.addIssue({ code: 'custom', path: ['region'], message: `expected ${own}, the region in the URL` });
      }
    })
    .transform((queue) => ({ ...queue, region: queue.region ?? QUEUE_URL.exec(queue.url)?.[1] ?? '' })),
);

export const queuesSchema = z.record(nameSchema, whenRead(queueSchema));

export type HookOptions = z.output<typeof hooksSchema>[string];
export type QueueOptions = z.output<ReturnType<typeof queueSchema>>;
