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
  'notify-failed': {
    level: 'error',
    critical: true,
    when: 'Somebody could not be told in a channel, after all tries; the notice itself is lost there, not its event.',
    fields: {
      notifier: 'its name in the policy file',
      notice: 'the kind of notice',
      id: 'of the notice',
      title: 'of the notice',
      attempts: 'tries',
      failure: 'reason, message, code, HTTP status',
    },
  },
  'notify-left-out': {
    level: 'warn',
    when: 'A notice was not sent to a channel. What was left out is said there in one notice as soon as that is possible.',
    fields: {
      notifier: 'its name in the policy file',
      notice: 'the kind of notice',
      id: 'of the notice',
      title: 'of the notice',
      because: 'rate: too many at once; full: too many wait; ended: the process did not wait for it',
    },
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
