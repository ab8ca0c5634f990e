/** JSONPath (RFC 9535) by json-p3, which is loaded when somebody uses it. */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { FailureError } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import { once } from './once.ts';
import { plainText } from './text.ts';

const require = createRequire(import.meta.url);

type JsonPath = (value: Json) => readonly Json[];

/** What is used of it; its own types ask for JSON that may be changed, which it does not do. */
interface Library {
  readonly jsonpath: {
    compile(path: string): { query(value: Json): { values(): readonly (Json | undefined)[] } };
  };
}

/** A schema has to say at once what is wrong with a path, so that it cannot wait for an import. */
function library(): Library {
  return require('json-p3');
}

/** Why a text is no JSONPath; undefined when it is one. */
export function jsonPathProblem(text: string): string | undefined {
  try {
    library().jsonpath.compile(text);
    return undefined;
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return `expected a JSONPath (RFC 9535), such as $.data.errors: ${because}`;
  }
}

const compiled = new Map<string, JsonPath>();
const MOST_COMPILED = 1_000;

/** Throws FailureError for JSON it cannot be looked up in, which is nested too deeply. */
function lookUp(text: string, look: () => readonly (Json | undefined)[]): readonly Json[] {
  try {
    return look().filter((found) => found !== undefined);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    const message = `${text} cannot be looked up in the JSON: ${plainText(because)}`;
    throw new FailureError({ reason: 'malformed', retryable: false, message }, { cause: error });
  }
}

/** The path, ready to be used; throws for a text that is none. */
export function jsonPath(text: string): JsonPath {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const query = library().jsonpath.compile(text);
  const path: JsonPath = (value) => lookUp(text, () => query.query(value).values());
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(text, path);
  return path;
}

/** A JSONPath that can be compiled. */
export const jsonPathSchema = once(() =>
  z
    .string()
    .min(1)
    .max(500)
    .refine((text) => jsonPathProblem(text) === undefined, {
      error: (issue) => jsonPathProblem(String(issue.input)) ?? '',
    }),
);
