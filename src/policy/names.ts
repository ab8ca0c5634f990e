/** One or several globs, as a match writes them. */
import { z } from 'zod';

const EXPECTED = 'expected a glob such as checkout or "prod*", or a list of globs';

/** A glob of at least one character; one that is empty could never match. */
export const globSchema = z
  .string()
  .min(1, 'expected a glob that is not empty: an empty one never matches')
  .max(512, 'expected a glob of at most 512 characters')
  .refine(
    (glob) => !glob.startsWith('!'),
    'expected a glob without a leading "!": globs say what matches, not what does not',
  );

const nameGlobSchema = globSchema.refine(
  (glob) => !glob.startsWith('arn:'),
  'expected a glob on a name or id: an ARN never matches',
);

/** A single glob or a list of globs in the file, always a list in the program. */
export const globsSchema = z
  .union(
    [nameGlobSchema, z.array(nameGlobSchema).min(1, 'expected at least one glob: an empty list never matches')],
    EXPECTED,
  )
  .transform((globs): readonly string[] => (typeof globs === 'string' ? [globs] : globs));
