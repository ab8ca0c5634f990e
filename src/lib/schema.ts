/** Small zod schemas that the policy file and the plugins share. */
import { z } from 'zod';
import type { Duration, Instant } from '../core/time.ts';
import { once } from './once.ts';
import { secretSchema } from './secret.ts';

const UNIT: Readonly<Record<string, Duration>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration like `90s`, `5m`, `1h30m`, `250ms`, `30d`; undefined when it is none. */
export function parseDuration(text: string): Duration | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(count) * (UNIT[unit ?? ''] ?? Number.NaN);
  }
  return total;
}

/** Ten years: what is longer is a slip, and dates computed with it might be none. */
const LONGEST: Duration = 3_650 * 86_400_000;

/** A duration as text in the file, milliseconds in the program. */
export const durationSchema = z
  .string('expected a duration with its unit, such as 90s, 5m or 1h30m')
  .regex(/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/, 'expected a duration with its unit, such as 90s, 5m or 1h30m')
  .refine((text) => (parseDuration(text) ?? 0) <= LONGEST, 'expected a duration of at most 3650d')
  .transform((text): Duration => parseDuration(text) ?? 0)
  .meta({ description: 'A duration with its unit: 90s, 5m, 1h30m.' });

/** A name people choose: it stands in logs, metrics labels and commands. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'expected a name of letters, digits, dots, dashes and underscores (at most 64)',
  );

const ROLE = /^arn:aws[a-z-]*:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/;

/** The account a role belongs to. */
export function accountOfRole(arn: string): string | undefined {
  return ROLE.exec(arn)?.[1];
}

/** A role to assume: its ARN, and the external id where the role asks for one. */
export const roleSchema = once(() =>
  z.strictObject({
    arn: z
      .string()
      .regex(ROLE, 'expected the ARN of a role, such as arn:aws:iam::111122223333:role/appconfig-watchdog')
      .describe('Role to assume, by its ARN.'),
    externalId: secretSchema.exactOptional().describe('External id the role asks for; a secret.'),
  }),
);

/** An instant as ISO 8601 has it, with a zone. */
export const instantSchema = once(() =>
  z.iso
    .datetime({ offset: true, error: 'expected a time with a zone, such as 2026-11-22T12:00:00Z' })
    .transform((text): Instant => Date.parse(text)),
);
