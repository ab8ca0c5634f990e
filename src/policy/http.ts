/** The part of the policy file that says where the daemon listens. */
import { isMap, parseDocument } from 'yaml';
import { z } from 'zod';
import { secretSchema } from '../lib/secret.ts';
import { type Environment, interpolate } from './interpolate.ts';

export const httpSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether to listen at all.'),
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  token: secretSchema
    .exactOptional()
    .describe(
      'What a person has to send (authorization: Bearer) to stop, hold, release or resume; without it only programs on the same machine may.',
    ),
  port: z.int().min(0).max(65_535).default(9464).describe('Port to listen on; 0 takes a free one.'),
});

type Http = z.output<typeof httpSchema>;

/**
 * Only this part, whatever else is wrong with the file: a daemon goes on under the old one when a new one is refused, and
 * can still be asked. Undefined when the part itself cannot be read.
 */
export function readHttp(text: string, env: Environment): Http | undefined {
  try {
    const { contents } = parseDocument(text, { logLevel: 'silent', stringKeys: true });
    const part: unknown = isMap(contents) ? contents.toJSON().http : undefined;
    const parsed = httpSchema.prefault({}).safeParse(part);
    if (!parsed.success) return undefined;
    const host = interpolate(parsed.data.host, env);
    return host.ok ? { ...parsed.data, host: host.text } : undefined;
  } catch {
    // An alias that explodes, or what else the parser gives up at: the part cannot be read.
    return undefined;
  }
}
