/** Lines of the log as sentences for a person, instead of JSON. */
import { prettyFactory } from 'pino-pretty';

/** Makes one sentence of each JSON line. */
export function sentences(colour: boolean): (line: string) => string {
  return prettyFactory({ colorize: colour, hideObject: true, translateTime: 'UTC:HH:MM:ss' });
}
