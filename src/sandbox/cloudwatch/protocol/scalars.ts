/** Numbers, booleans and times as each protocol writes them, read into what the operations compute with. */
import { z } from 'zod';
import type { Instant } from '../../../core/time.ts';

export interface Scalars {
  readonly number: z.ZodType<number>;
  readonly boolean: z.ZodType<boolean>;
  readonly time: z.ZodType<Instant>;
  /** A list; the query protocol writes an empty one as an empty value. */
  list<T>(item: z.ZodType<T>): z.ZodType<readonly T[]>;
}

/** AWS JSON: times are epoch seconds, with or without a fraction. */
export const jsonScalars: Scalars = {
  number: z.number(),
  boolean: z.boolean(),
  time: z.number().transform((seconds) => Math.round(seconds * 1_000)),
  list: (item) => z.array(item),
};

/** The form of the query protocol: everything is text, times are ISO 8601. */
export const formScalars: Scalars = {
  number: z
    .string()
    .regex(/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/, 'expected a number')
    .transform(Number),
  boolean: z.enum(['true', 'false', 'True', 'False']).transform((text) => text.toLowerCase() === 'true'),
  time: z.string().transform((text, context) => {
    const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
    if (Number.isNaN(at)) context.addIssue({ code: 'custom', message: 'expected a time in ISO 8601' });
    return at;
  }),
  list: (item) => z.union([z.literal('').transform(() => []), z.array(item)]),
};
