/** The program's log: pino's JSON lines, or sentences on a terminal; events in one stable vocabulary. */
import { type Logger, pino } from 'pino';
import type { WatchdogEvent } from '../core/event.ts';
import { iso } from '../core/time.ts';
import { harmlessLine, toJson } from '../lib/text.ts';
import { type Destination, descriptorDestination, guardedDestination } from './destination.ts';
import type { LogContext, Telling } from './entry.ts';
import { tellProgram } from './program-lines.ts';
import { tell, tellEntries, VOCABULARY } from './vocabulary.ts';

export interface LoggerOptions {
  /** Least important level that is written. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** What is made of each line of JSON before it is written, such as a sentence for a person; default nothing. */
  readonly shown?: (line: string) => string;
  /** Default stdout. What it throws is counted and goes no further. */
  readonly destination?: { write(line: string): unknown };
  /** So much (UTF-16 units) may wait for a slow reader of stdout before lines are dropped; default 16 Mi. */
  readonly longestQueue?: number;
  /** Texts that must never be printed; wherever they occur they read `[redacted]`. */
  readonly secrets?: () => readonly string[];
  /** Clock for the `time` of each line; default the system's. */
  readonly now?: () => number;
}

export interface WatchdogLog extends AsyncDisposable {
  readonly logger: Logger;
  /** Lines that could not be written. */
  lost(): number;
  /** Resolves when what was logged so far has been written, or could not be. */
  flush(): Promise<void>;
}

/** Shorter than this a secret would blot out ordinary words. */
const SHORTEST_SECRET = 4;

function redacted(line: string, secrets: readonly string[]): string {
  const inJson = (secret: string) => JSON.stringify(secret).slice(1, -1);
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .reduce((text, secret) => text.replaceAll(inJson(secret), '[redacted]'), line);
}

function destinationOf(options: LoggerOptions, lostLine: (lines: number) => string): Destination {
  const { destination, longestQueue } = options;
  if (destination !== undefined) return guardedDestination(destination);
  return descriptorDestination(1, { lostLine, ...(longestQueue === undefined ? {} : { longestQueue }) });
}

/** A log at a level. `await using` it, so that the last lines are written before the process ends. */
export function watchdogLogger(options: LoggerOptions): WatchdogLog {
  const now = options.now ?? Date.now;
  const { shown: shownAs = (line) => line } = options;
  const shown = (raw: string) => shownAs(redacted(harmlessLine(raw), options.secrets?.() ?? []));
  const linesTo = (write: (line: string) => void) =>
    pino(
      {
        level: options.level,
        base: null,
        timestamp: () => `,"time":"${iso(now())}"`,
        formatters: { level: (level) => ({ level }) },
      },
      { write: (raw: string) => write(shown(raw)) },
    );
  const out = destinationOf(options, (lines) => {
    let told = '';
    const says = `${lines} lines of this log were lost: whoever reads it was too slow; the journal has every event`;
    tellProgram(
      linesTo((line) => {
        told = line;
      }),
      'log-lines-lost',
      { lines },
      says,
    );
    return told;
  });
  const logger = linesTo(out.write);
  return { logger, lost: out.lost, flush: out.flush, [Symbol.asyncDispose]: out.flush };
}

function put(logger: Logger, telling: Telling): void {
  if (!logger.isLevelEnabled(telling.level)) return;
  const fields = toJson(telling.fields);
  logger[telling.level](fields, telling.message);
}

/**
 * Logs one event in the vocabulary of docs/log-vocabulary.md, and each AppConfig event log entry it brought as a line
 * of its own. Never throws: an event that cannot be told is itself logged as such.
 */
export function logEvent(logger: Logger, event: WatchdogEvent, context: LogContext = {}): void {
  try {
    // Thousands of verdicts say nothing new: no words are put together that nobody reads.
    if (logger.isLevelEnabled(VOCABULARY[event.kind].level(event, context))) put(logger, tell(event, context));
    for (const entry of tellEntries(event, context)) put(logger, entry);
  } catch (error) {
    const fields = { of: String(event.kind), because: String(error) };
    tellProgram(logger, 'log-failed', fields, 'an event could not be told');
  }
}
