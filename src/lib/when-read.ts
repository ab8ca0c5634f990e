/** Schemas that are built when something is first read by them: to build one takes time that every start would wait for. */
import { z } from 'zod';

/** `build` gives the schema of a map whose keys are its own; it is called once. */
export function whenRead<Schema extends z.ZodType>(build: () => Schema): z.ZodLazy<Schema> {
  const schema = z.lazy(build);
  // Whether it may be left out, which zod asks of every member of an object first: else all would be built to say no.
  Object.defineProperties(schema._zod, { optin: { value: undefined }, optout: { value: undefined } });
  return schema;
}

/** One of a union that tells its members apart by `kind`; built when that kind is first read. */
export function whenNamed<Schema extends z.ZodObject>(kind: string, build: () => Schema): z.ZodLazy<Schema> {
  const schema = whenRead(build);
  Object.defineProperty(schema._zod, 'propValues', { value: { kind: new Set([kind]) } });
  return schema;
}
