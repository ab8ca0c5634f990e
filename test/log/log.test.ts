import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { plainText, toJson } from '../../src/lib/text.ts';
import { descriptorDestination } from '../../src/log/destination.ts';
import { eventLog } from '../../src/log/event-log.ts';
import { logEvent, watchdogLogger } from '../../src/log/logger.ts';
import { sentences } from '../../src/log/sentences.ts';
import { COMMON_FIELDS, DEPLOYMENT_EVENT_FIELDS, tell, VOCABULARY } from '../../src/log/vocabulary.ts';
import { answer, at, STORY, throttled, watch } from '../journal/events.ts';
import { EXAMPLES, KNOWN } from './examples.ts';
import { vocabularyPage } from './vocabulary-page.ts';

const lineSchema = z.looseObject({ level: z.string(), time: z.iso.datetime(), msg: z.string(), event: z.string() });

function logged(events: readonly WatchdogEvent[], options: { pretty?: boolean; secrets?: string[] } = {}) {
  const written: string[] = [];
  const log = watchdogLogger({
    level: 'trace',
    ...(options.pretty ? { shown: sentences(false) } : {}),
    secrets: () => options.secrets ?? [],
    destination: { write: (line) => written.push(line) },
  });
  const put = eventLog(log.logger);
  for (const event of events) put(event);
  return written;
}
const parsed = (lines: readonly string[]) => lines.map((line) => lineSchema.parse(JSON.parse(line)));

describe('the vocabulary', () => {
  test('is what docs/log-vocabulary.md says', async () => {
    await expect(vocabularyPage()).toMatchFileSnapshot('../../docs/log-vocabulary.md');
  });

  test.each(Object.values(EXAMPLES))('$kind has no field that is not documented', (event) => {
    const known = new Set([...Object.keys(COMMON_FIELDS), ...Object.keys(VOCABULARY[event.kind].fields)]);
    expect(Object.keys(tell(event, KNOWN).fields).filter((field) => !known.has(field))).toEqual([]);
  });

  test('says what happened in words for the person on call', () => {
    const messages = parsed(logged(STORY)).map(({ msg }) => msg);
    expect(messages).toContain(
      'STOP requested for checkout/prod/12 at 20 % exposure by policy checkout-prod: error-rate: 100 * errors / requests was 4.2 (2 of 3 above 1)',
    );
    expect(messages).toContain(
      'checkout/prod/12 rolled back after 2 StopDeployment calls, 11s after the request; state ROLLED_BACK, at most 20 % of the clients had it',
    );
  });

  test.each([
    'stop-failed',
    'stop-overdue',
    'rule-unknown-too-long',
    'circuit-opened',
    'policy-rejected',
    'target-unreachable',
    'journal-failed',
    'stop-withheld',
  ] as const)('%s is critical', (kind) => {
    const telling = tell(EXAMPLES[kind], KNOWN);
    expect(['error', 'fatal']).toContain(telling.level);
    expect(telling.fields).toMatchObject({ critical: true });
    expect(telling.message).toMatch(/^CRITICAL: /);
  });

  test('not recovered is critical, recovered is not', () => {
    const judged = EXAMPLES['recovery-judged'];
    expect(tell(judged, {}).fields).not.toHaveProperty('critical');
    expect(tell({ ...judged, recovery: 'not-recovered' }, {})).toMatchObject({ critical: true, level: 'error' });
    expect(tell({ ...EXAMPLES['stop-withheld'], reason: 'observe' }, {}).critical).toBe(false);
  });
});

describe('a settled stop', () => {
  const lines = parsed(logged(STORY));
  const settled = lines.find(({ event }) => event === 'stop-settled');

  test('has every field of the answer', () => {
    expect(settled).toMatchObject({
      answer,
      requestId: 'req-2',
      attempts: 2,
      durationMs: 11_000,
      account: '111122223333',
    });
  });

  test('is followed by a line for each entry of the event log that had none yet', () => {
    const start = lines.findIndex(({ event }) => event === 'stop-settled');
    const entry = lines[start + 1];
    const ours = lines.filter(({ event, deployment }) => event === 'deployment-event' && deployment === 12);
    const entries = ours.map(({ EventType }) => EventType);
    expect(entries.filter((type) => type === 'DEPLOYMENT_STARTED')).toHaveLength(1);
    expect(entries.filter((type) => type === 'ROLLBACK_COMPLETED')).toHaveLength(1);
    expect(entry).toMatchObject({
      event: 'deployment-event',
      EventType: 'ROLLBACK_COMPLETED',
      TriggeredBy: 'USER',
      OccurredAt: new Date(at(310)).toISOString(),
      ActionInvocations: [{ ActionName: 'tell', ErrorCode: '500', InvocationId: 'inv-1' }],
      deployment: 12,
    });
    const known: readonly string[] = [...Object.keys(COMMON_FIELDS), ...Object.keys(DEPLOYMENT_EVENT_FIELDS)];
    const extra = Object.keys(entry ?? {}).filter((key) => !known.includes(key));
    expect(extra.sort()).toEqual(['level', 'msg', 'time']);
  });

  test('dates that are still dates are written in ISO', () => {
    expect(toJson({ StartedAt: new Date(at(0)), deep: [{ at: new Date(Number.NaN) }] })).toEqual({
      StartedAt: new Date(at(0)).toISOString(),
      deep: [{ at: 'invalid date' }],
    });
  });
});

describe('hostile text', () => {
  const hostile = '\u001b[2J\nforged: {"level":"info"}\u2028\u202e\u0007\u009b31m\ud800';
  const named = (text: string): WatchdogEvent => ({
    kind: 'watch-released',
    at: at(1),
    watch: { ...watch, policy: text },
    because: text,
    finalState: text,
    unjudged: [],
  });

  test.each([true, false])('cannot forge a line or drive a terminal (pretty: %s)', (pretty) => {
    const written = logged([named(hostile)], { pretty });
    expect(written).toHaveLength(1);
    expect(written[0]?.trimEnd()).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
  });

  test('whatever it is, a line stays one line of JSON with the text unchanged in its field', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const [line, ...others] = logged([named(text)]);
        expect(others).toEqual([]);
        expect(line?.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(lineSchema.parse(JSON.parse(line ?? '')).because).toBe(text);
        for (const sentence of logged([named(text)], { pretty: true })) {
          expect(sentence.trimEnd()).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('of megabytes is cut and says so', () => {
    const [line] = logged([named('x'.repeat(5_000_000))]);
    expect(line?.length).toBeLessThan(40_000);
    expect(line).toContain('(5000000 characters)');
    expect(plainText('y'.repeat(300), 10)).toBe('yyyyyyyyyy… (300 characters)');
  });
});

describe('secrets', () => {
  test('never appear, also where they need escaping', () => {
    const secret = 'to"ken\\sesame';
    const failure = { ...throttled, message: `refused ${secret}` };
    const lines = logged([{ ...EXAMPLES['target-unreachable'], failure }], { secrets: [secret, ''] });
    expect(lines.join('')).toContain('refused [redacted]');
    expect(lines.join('')).not.toContain('sesame');
  });

  test('print as they print themselves', () => {
    const secret = { value: 'hunter2', toJSON: () => '[redacted]' };
    expect(toJson({ externalId: secret })).toEqual({ externalId: '[redacted]' });
  });
});

describe('a broken destination', () => {
  test('that throws is counted and goes no further', () => {
    const log = watchdogLogger({
      level: 'trace',
      destination: {
        write() {
          throw new Error('EPIPE');
        },
      },
    });
    const daemon = Object.values(EXAMPLES)
      .filter((event) => !('watch' in event) && !('deployment' in event))
      .slice(0, 3);
    for (const event of daemon) logEvent(log.logger, event);
    expect(log.lost()).toBe(3);
  });

  /** Runs a process that logs 100,000 lines to its stdout, read by the shell command. */
  async function chat(reader: string): Promise<string> {
    const script = `"$0" "$1" 2>"$2" | ${reader}`;
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const report = join(folder, 'report');
    const chatty = fileURLToPath(new URL('chatty.ts', import.meta.url));
    const shell = spawn('sh', ['-c', script, process.execPath, chatty, report], { stdio: 'ignore' });
    await once(shell, 'exit');
    for (let tries = 0; tries < 50 && !readFileSync(report, 'utf8').includes('ended'); tries++) await delay(100);
    const said = readFileSync(report, 'utf8');
    rmSync(folder, { recursive: true });
    return said;
  }

  test('whose reader goes away', async () => {
    const said = await chat('head -n 3 > /dev/null');
    expect(said).toMatch(/^lost [1-9]\d+\nended 0\n$/);
  });

  test('whose reader is stuck', async () => {
    const said = await chat('sleep 6');
    expect(said).toMatch(/^lost [1-9]\d+\nended 0\n$/);
  });

  test('a reader that reads loses nothing', async () => {
    expect(await chat('cat > /dev/null')).toBe('lost 0\nended 0\n');
  });

  test('a descriptor that is not open', async () => {
    const gone = descriptorDestination(987_654);
    gone.write('line\n');
    await gone.flush();
    expect(gone.lost()).toBe(1);
  });

  test('an event that cannot be told is itself told', () => {
    const written: string[] = [];
    const log = watchdogLogger({ level: 'info', destination: { write: (line) => written.push(line) } });
    const broken = { ...EXAMPLES['watch-released'] };
    Reflect.deleteProperty(broken, 'because');
    logEvent(log.logger, broken);
    expect(written.join('')).toContain('log-failed');
  });
});
