/** Renders docs/log-vocabulary.md from the vocabulary and one example of every event. */

import type { EventKind } from '../../src/core/event.ts';
import { logEvent, watchdogLogger } from '../../src/log/logger.ts';
import { PROGRAM_LINES } from '../../src/log/program-lines.ts';
import { COMMON_FIELDS, DEPLOYMENT_EVENT_FIELDS, tell, VOCABULARY } from '../../src/log/vocabulary.ts';
import { EXAMPLES, KNOWN } from './examples.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');

const fieldTable = (fields: Readonly<Record<string, string>>) => [
  '| field | meaning |',
  '|---|---|',
  ...Object.entries(fields).map(([name, meaning]) => `| \`${name}\` | ${cell(meaning)} |`),
];

function lines(kind: EventKind): readonly string[] {
  const written: string[] = [];
  const at = EXAMPLES[kind].at;
  const log = watchdogLogger({
    level: 'trace',
    now: () => at,
    destination: { write: (line) => written.push(line.trimEnd()) },
  });
  logEvent(log.logger, EXAMPLES[kind], KNOWN);
  return written;
}

function section(kind: EventKind): readonly string[] {
  const { level, critical } = tell(EXAMPLES[kind], KNOWN);
  const { when, fields } = VOCABULARY[kind];
  return [
    `## ${kind}`,
    '',
    `${when} Level here: \`${level}\`${critical ? ', critical' : ''}.`,
    '',
    ...fieldTable(fields),
    '',
    '```json',
    lines(kind)[0] ?? '',
    '```',
    '',
  ];
}

const KINDS = Object.values(VOCABULARY).map(({ kind }) => kind);

export function vocabularyPage(): string {
  return [
    '# What the watchdog logs',
    '',
    'JSON lines on stdout, one event a line. Every event has one name, one level rule, one sentence (`msg`) and the fields below; names and fields are stable, new ones may be added. A test compares this page with the code.',
    '',
    '- Look for `critical: true` (or level `error` and `fatal`): somebody should look now.',
    '- `requestId` is the AWS request id: it joins a line with its CloudTrail record.',
    '- `level` is debug, info, warn, error or fatal; `msg` is the sentence for people.',
    '- `time` is when the line was written, `at` when the event happened; times are ISO 8601 in UTC.',
    '- Control characters, line separators and marks that reorder text are escaped; texts above 8,192 characters are cut and say so; secrets of the policy file read `[redacted]`.',
    '- A reader of stdout that is slow or gone never holds up the watchdog: lines are dropped instead, and the journal still has every event.',
    '',
    '| event | level of the example | when |',
    '|---|---|---|',
    ...KINDS.map((kind) => {
      const { level, critical } = tell(EXAMPLES[kind], KNOWN);
      return `| [${kind}](#${kind}) | ${level}${critical ? ', critical' : ''} | ${cell(VOCABULARY[kind].when)} |`;
    }),
    '| [deployment-event](#deployment-event) | info | Each entry of AppConfig’s event log, after the event that brought it. |',
    '',
    '## Fields of every event',
    '',
    'Those of a deployment stand in every line about one, as far as they are known.',
    '',
    ...fieldTable(COMMON_FIELDS),
    '',
    ...KINDS.flatMap(section),
    '## deployment-event',
    '',
    'One entry of AppConfig’s event log, with the fields and names AWS gives it; after `deployment-observed` for new entries, after `deployment-discovered` and `stop-settled` for those that had no line yet, oldest first.',
    '',
    ...fieldTable(DEPLOYMENT_EVENT_FIELDS),
    '',
    '```json',
    lines('stop-settled')[2] ?? '',
    '```',
    '',
    '## Lines of the program itself',
    '',
    'They are no events: they are not in the journal and carry no `at`.',
    '',
    '| event | level | when | fields |',
    '|---|---|---|---|',
    ...Object.entries(PROGRAM_LINES).map(([event, line]) => {
      const fields = Object.entries(line.fields).map(([name, meaning]) => `\`${name}\`: ${meaning}`);
      const level = 'critical' in line ? `${line.level}, critical` : line.level;
      return `| ${event} | ${level} | ${cell(line.when)} | ${cell(fields.join('; '))} |`;
    }),
    '',
  ].join('\n');
}
