/** Lines about the program itself that are no events: they have no place in the journal. */
import type { Logger } from 'pino';
import type { JsonObject } from '../core/json.ts';
import type { Level } from './entry.ts';

interface ProgramLine {
  readonly level: Level;
  readonly critical?: true;
  readonly when: string;
  readonly fields: Readonly<Record<string, string>>;
}

export const PROGRAM_LINES = {
  'http-listening': { level: 'info', when: 'HTTP listens.', fields: { url: 'where' } },
  'journal-in-memory': {
    level: 'warn',
    when: 'The policy file gives no `journal.path`: the record ends with the process.',
    fields: {},
  },
  'journal-shared': {
    level: 'warn',
    when: 'Another daemon writes to the same journal. The record stays sound, and tells two lives as if they were one.',
    fields: { path: 'the file' },
  },
  'restart-needed': {
    level: 'warn',
    when: 'A reloaded policy file changes what is read at the start only.',
    fields: { keys: 'http, journal, log: those that changed' },
  },
  'heartbeat-failing': {
    level: 'error',
    when: 'A heartbeat could not be delivered, with every try until the next one was due; told once until one is. Whoever waits for it takes the daemon for dead.',
    fields: { to: 'url or cloudwatch', failure: 'the failure of the last try' },
  },
  'heartbeat-delivered': {
    level: 'info',
    when: 'Heartbeats are delivered again.',
    fields: { to: 'url or cloudwatch' },
  },
  'traces-refused': {
    level: 'warn',
    when: 'The environment asks for OpenTelemetry traces in a way this program does not have; none are sent.',
    fields: { because: 'the variable, and what it may say' },
  },
  'traces-failing': {
    level: 'warn',
    when: 'Traces could not be delivered; told once until they can be again. Nothing else is touched by it.',
    fields: { because: 'HTTP status or the code of the error' },
  },
  'traces-delivered': {
    level: 'info',
    when: 'Traces are delivered again.',
    fields: { lost: 'how many spans were lost meanwhile' },
  },
  'start-failed': {
    level: 'fatal',
    critical: true,
    when: 'The daemon cannot start; the process ends with exit code 1.',
    fields: { because: 'why' },
  },
  crashed: {
    level: 'fatal',
    critical: true,
    when: 'A fault of the program; the process ends with exit code 1, and the next one resumes what was begun.',
    fields: { because: 'the error with its stack' },
  },
  'log-lines-lost': {
    level: 'error',
    critical: true,
    when: 'Lines of the log were dropped, since whoever reads stdout was too slow or stdout failed; critical ones may be among them. The journal has every event.',
    fields: { lines: 'how many' },
  },
  'log-failed': {
    level: 'error',
    when: 'An event could not be told; the journal has it.',
    fields: { of: 'the kind of event', because: 'the error' },
  },
} as const satisfies Readonly<Record<string, ProgramLine>>;

/** Writes a line of the program itself, at the level its word has. */
export function tellProgram(
  logger: Logger,
  event: keyof typeof PROGRAM_LINES,
  fields: JsonObject,
  message: string,
): void {
  const line: ProgramLine = PROGRAM_LINES[event];
  logger[line.level]({ event, ...(line.critical ? { critical: true } : {}), ...fields }, message);
}
