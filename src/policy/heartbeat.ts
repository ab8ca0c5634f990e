/** The part of the policy file that says who hears that the daemon is alive, and how often. */
import { z } from 'zod';
import { durationSchema, roleSchema } from '../lib/schema.ts';
import { type Secret, secretSchema } from '../lib/secret.ts';

const isWebAddress = (secret: Secret) => /^https?:$/.test(URL.parse(secret.reveal())?.protocol ?? '');

const URL_EXPECTED = 'expected a URL of http or https';
const NAME_EXPECTED = 'expected 1 to 255 printable ASCII characters';

const metricSchema = z.strictObject({
  namespace: z
    .string()
    .regex(
      /^(?!AWS\/)(?!:)[\x21-\x7e][\x20-\x7e]{0,254}$/,
      `${NAME_EXPECTED}, without AWS/ or a colon at its beginning`,
    )
    .default('AppConfigWatchdog')
    .describe('Namespace of the metric; `iam-policy` grants writing to it and no other.'),
  metric: z
    .string()
    .regex(/^[\x21-\x7e][\x20-\x7e]{0,254}$/, NAME_EXPECTED)
    .default('Heartbeat')
    .describe('Name of the metric: 1 while healthy, 0 (or nothing) while not.'),
  dimensions: z
    .record(z.string().min(1).max(255), z.string().min(1).max(1024))
    .refine((dimensions) => Object.keys(dimensions).length <= 30, 'expected at most 30 dimensions')
    .default({})
    .describe('Dimensions that tell this daemon from others.'),
  region: z
    .string()
    .regex(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/, 'expected a region, such as eu-west-1')
    .exactOptional()
    .describe('Region of the metric; without it that of the first target.'),
  role: roleSchema().exactOptional().describe('Role to write as; without it the daemon uses its own credentials.'),
});

export const heartbeatSchema = z
  .strictObject({
    url: secretSchema
      .refine(isWebAddress, URL_EXPECTED)
      .exactOptional()
      .describe('Asked at each beat, in the style of healthchecks.io; a secret.'),
    cloudwatch: metricSchema.exactOptional().describe('A metric that is put at each beat.'),
    every: durationSchema
      .refine((every) => every >= 10_000 && every <= 86_400_000, 'expected a duration from 10s to 24h')
      .prefault('1m')
      .describe('How often.'),
    timeout: durationSchema
      .refine((timeout) => timeout > 0, 'expected a duration longer than 0s')
      .prefault('10s')
      .describe('For one try, in real time; a try that failed is made again until the next beat is due.'),
    method: z.enum(['POST', 'GET']).default('POST').describe('How the URL is asked; a GET carries no reasons.'),
    start: z.boolean().default(false).describe('Also ask URL/start when the daemon starts.'),
    unhealthy: z
      .enum(['fail', 'silence'])
      .default('fail')
      .describe('While the daemon is not healthy: fail (URL/fail with the reasons, the metric 0), or silence.'),
    atEnd: z
      .enum(['silence', 'fail'])
      .default('silence')
      .describe('When the daemon is told to end: silence, so that a restart is no alarm, or fail.'),
  })
  .refine(
    ({ url, cloudwatch }) => url !== undefined || cloudwatch !== undefined,
    'expected `url`, `cloudwatch` or both',
  );

export type HeartbeatConfig = z.output<typeof heartbeatSchema>;
