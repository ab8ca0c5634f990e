/** Checks what a file gives against a schema; each throws an Error whose message begins with the place. */
import type { z } from 'zod';

export function checked<Out>(what: string, data: unknown, schema: z.ZodType<Out>): Out {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = [what, issue?.path.join('.') ?? ''].filter((part) => part !== '').join(': ');
  throw new Error(`${place}: ${issue?.message ?? 'not as documented'}`);
}

export function parsed<Out>(what: string, text: string, schema: z.ZodType<Out>): Out {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return checked(what, data, schema);
}
