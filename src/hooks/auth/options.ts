/** How a hook knows its senders, as it stands in a policy file. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { durationSchema } from '../../lib/schema.ts';
import { secretsSchema } from './secrets.ts';

const headerName = once(() =>
  z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, 'expected the name of a header')
    .transform((name) => name.toLowerCase()),
);

const timestampSchema = once(() =>
  z.strictObject({
    header: headerName()
      .exactOptional()
      .describe('Header that holds the time; without it the time is the `t` in the header of the signature.'),
    separator: z.string().max(4).default('.').describe('Stands between the time and the body in what is signed.'),
    within: durationSchema
      .prefault('5m')
      .refine((within) => within >= 1_000 && within <= 3_600_000, 'expected a duration from 1s to 1h')
      .describe('How far the time may be from now; within it each message is taken once.'),
  }),
);

const hmacSchema = once(() =>
  z
    .strictObject({
      kind: z.literal('hmac'),
      secret: secretsSchema().describe('Key of the signature, or a list of keys.'),
      header: headerName().describe('Header that holds the signature.'),
      algorithm: z.enum(['sha256', 'sha512', 'sha1']).default('sha256').describe('Hash under the signature.'),
      encoding: z.enum(['hex', 'base64']).default('hex').describe('How the signature is written.'),
      prefix: z.string().max(32).default('').describe('Stands before the signature, such as `sha256=`.'),
      form: z
        .enum(['plain', 'pairs'])
        .default('plain')
        .describe('plain: the signature alone; pairs: `t=TIME,v1=SIGNATURE`, one or more of v1.'),
      timestamp: timestampSchema()
        .exactOptional()
        .describe(
          'A time that is signed with the body. Without it a copy of a message cannot be told from the message.',
        ),
    })
    .superRefine(({ form, timestamp }, context) => {
      if (form === 'pairs' && timestamp === undefined) {
        const message = 'expected `timestamp` as well: in the form of pairs the time is signed';
        context.addIssue({ code: 'custom', path: ['timestamp'], message });
      }
      if (form === 'plain' && timestamp !== undefined && timestamp.header === undefined) {
        const message = 'expected the header that holds the time: only the form of pairs has it beside the signature';
        context.addIssue({ code: 'custom', path: ['timestamp', 'header'], message });
      }
    }),
);

const bearerSchema = once(() =>
  z.strictObject({
    kind: z.literal('bearer'),
    token: secretsSchema().describe('What stands behind `Authorization: Bearer`.'),
  }),
);

const basicSchema = once(() =>
  z.strictObject({
    kind: z.literal('basic'),
    username: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^:]*$/, 'expected a name without a colon')
      .describe('Name of the user.'),
    password: secretsSchema().describe('Password of the user.'),
  }),
);

const apiKeySchema = once(() =>
  z.strictObject({
    kind: z.literal('api-key'),
    header: headerName().describe('Header that holds the key.'),
    value: secretsSchema().describe('The key.'),
  }),
);

const KINDS = 'hmac | bearer | basic | api-key';

export const authSchema = once(() =>
  z
    .discriminatedUnion('kind', [hmacSchema(), bearerSchema(), basicSchema(), apiKeySchema()], {
      error: (issue) => (issue.code === 'invalid_union' ? `expected ${KINDS}` : undefined),
    })
    .meta({ id: 'hook-auth' }),
);

export type AuthOptions = z.output<ReturnType<typeof authSchema>>;
export type HmacOptions = z.output<ReturnType<typeof hmacSchema>>;
