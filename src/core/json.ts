/** JSON as a type: what may stand in an event, a log record and the journal. */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object; an optional key that is `undefined` is left out when it is written. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}
