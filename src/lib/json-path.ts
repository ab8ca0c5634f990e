/** JSONPath (RFC 9535) by json-p3, which is loaded when the first path is read. */
import { createRequire } from 'node:module';
import type { JSONValue } from 'json-p3';
import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { plainText } from './text.ts';

const require = createRequire(import.meta.url);

/** At once, unlike import(): a path that is none has to be told with everything else that is wrong in a file. */
function library(): typeof import('json-p3') {
  return require('json-p3');
}

/** Why a text is no path; undefined when it is one. */
function pathProblem(text: string): string | undefined {
  try {
    library().compile(text);
    return undefined;
  } catch (error) {
    const because = error instanceof Error ? plainText(error.message) : 'cannot be read';
    return `expected a JSONPath such as $.alert.id: ${because}`;
  }
}

/** Everything a path finds, in the order of the document; what is inherited and not sent is not found. */
export function jsonPath(text: string): (json: Json) => readonly Json[] {
  const query = library().compile(text);
  return (json: unknown) => {
    const found: readonly unknown[] = isValue(json) ? query.query(json).values() : [];
    return found.filter(isJson);
  };
}

/** All that was parsed from JSON is both: the library's type differs from ours in what may be written to. */
const isValue = (value: unknown): value is JSONValue => value !== undefined;
const isJson = (value: unknown): value is Json => value !== undefined;

/** A JSONPath that can be compiled. */
export const jsonPathSchema = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => pathProblem(text) === undefined, { error: (issue) => pathProblem(String(issue.input)) ?? '' });
