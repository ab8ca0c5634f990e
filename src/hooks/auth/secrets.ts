/** Secrets by which a hook knows its senders: long enough, and two at once while one replaces the other. */
import { z } from 'zod';
import { once } from '../../lib/once.ts';
import { secretSchema } from '../../lib/secret.ts';

const SHORTEST = 12;

const longSecret = once(() =>
  secretSchema.refine(
    (secret) => secret.reveal().length >= SHORTEST,
    `expected a secret of at least ${SHORTEST} characters`,
  ),
);

/** One or a list in the file, always a list in the program. */
export const secretsSchema = once(() =>
  z
    .union(
      [longSecret(), z.array(longSecret()).min(1).max(5)],
      `expected a secret of at least ${SHORTEST} characters, or a list`,
    )
    .transform((secrets) => (Array.isArray(secrets) ? secrets : [secrets]))
    .meta({ description: 'A secret, or a list while one replaces another; take it from the environment.' }),
);
