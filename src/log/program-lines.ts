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
  'hook-refused': {
    level: 'warn',
    when: 'A message to a hook was not taken. Of each hook and outcome one a minute at most is told.',
    fields: {
      hook: 'its name in the policy file',
      outcome: 'what it was found to be',
      because: 'why',
      messages: 'how many since the last such line',
    },
  },
  'hook-noted': {
    level: 'info',
    when: 'A message to a hook brought no alert: a subscription was confirmed, a tool sent a test.',
    fields: { hook: 'its name in the policy file', because: 'what it was' },
  },
  'queue-unreachable': {
    level: 'error',
    when: 'Messages cannot be fetched from a queue, or not be deleted; told when it begins.',
    fields: { queue: 'its name in the policy file', reason: 'the reason of the failure', because: 'why' },
  },
  'queue-reachable': {
    level: 'info',
    when: 'Messages are fetched from a queue again.',
    fields: { queue: 'its name in the policy file' },
  },
  'queue-message-refused': {
    level: 'warn',
    when: 'A message of a queue could not be taken and stays there; after five times it is set aside. One a minute at most is told.',
    fields: { queue: 'its name in the policy file', because: 'why', messages: 'how many since the last such line' },
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
