/** Replays of what a real daemon recorded in the sandbox: as it was, and under other policies. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { judgeAgain } from '../../src/backtest/judge-again.ts';
import { recordedActions, watchRecords } from '../../src/backtest/record.ts';
import { compare, replay } from '../../src/backtest/replay.ts';
import { replayCommand } from '../../src/cli/replay.ts';
import { refKey } from '../../src/core/deployment.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { journalOf, run } from '../cli/explain-status-io.ts';
import { ERROR_RATE, policy } from '../scenario/support/policy.ts';
import { world } from '../scenario/support/world.ts';

const above = (bound: number, breaching = '2 of 3') =>
  policy({ rules: [{ ...ERROR_RATE, judge: { kind: 'threshold', above: bound, breaching } }] });

let bad: readonly WatchdogEvent[];
let good: readonly WatchdogEvent[];
let folder: string;

async function recorded(flag: 'good' | 'bad'): Promise<readonly WatchdogEvent[]> {
  await using here = await world();
  await here.shop.deploy({ flag });
  await here.untilReleased();
  return [...here.events];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'replay-'));
  bad = await recorded('bad');
  good = await recorded('good');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, 'policy.yaml');
  writeFileSync(path, text);
  return path;
}

const action = z.looseObject({ kind: z.string(), at: z.string(), exposure: z.number() });
const answer = z.looseObject({
  different: z.number(),
  replayed: z.array(
    z.looseObject({
      same: z.boolean(),
      note: z.string().optional(),
      recorded: z.array(action),
      replayed: z.array(action),
      rules: z.array(z.looseObject({ rule: z.string(), basis: z.string(), kept: z.number(), because: z.string() })),
    }),
  ),
});

async function replayed(events: readonly WatchdogEvent[], ...args: readonly string[]) {
  using journal = journalOf(events);
  const ran = await run(replayCommand, journal.path, '--json', ...args);
  const { different, replayed: all } = answer.parse(JSON.parse(ran.out));
  const [one] = all;
  if (one === undefined) throw new Error('nothing was replayed');
  return { code: ran.code, different, ...one };
}

describe('as it was', () => {
  test('a bad rollout is stopped at the same look, and recovers', async () => {
    const { code, same, ...told } = await replayed(bad);
    expect([code, same]).toEqual([0, true]);
    expect(told.replayed.map(({ kind }) => kind)).toEqual(['stop', 'recovery']);
    expect(told.replayed.map(({ exposure }) => exposure)).toEqual(told.recorded.map(({ exposure }) => exposure));
    expect(told.note).toBeUndefined();
  });

  test('a journal of an earlier version does not hold the policy, which is told', async () => {
    const earlier = bad.map((event) => {
      if (event.kind !== 'deployment-discovered') return event;
      const { terms: _, ...rest } = event;
      return rest;
    });
    const told = await replayed(earlier);
    expect([told.code, told.same]).toEqual([0, true]);
    expect(told.note).toContain('does not hold the policy');
  });

  test('a good one is left alone', async () => {
    const told = await replayed(good, '--policy', file(policy()));
    expect([told.code, told.same, told.replayed]).toEqual([0, true, []]);
  });

  test('evidence judged again by the same rule gives the recorded verdicts', () => {
    const loaded = loadPolicy({ path: 'p', text: policy() }, {});
    const same = loaded.ok ? loaded.config.policies[0] : undefined;
    const discovered = bad.find((event) => event.kind === 'deployment-discovered');
    if (same === undefined || discovered === undefined) throw new Error('nothing to replay');
    const [record] = watchRecords(bad, refKey(discovered.snapshot.ref));
    if (record === undefined) throw new Error('no record');
    const { verdictOf, rules } = judgeAgain(record, same);
    expect(rules).toEqual([expect.objectContaining({ basis: 'again', kept: 0 })]);
    const judged = record.events.filter((event) => event.kind === 'rule-judged');
    expect(judged.length).toBeGreaterThan(3);
    for (const event of judged) expect(verdictOf(event)?.kind).toBe(event.verdict.kind);
    const actions = replay(record, { ...same, rules: ['error-rate'] }, verdictOf);
    expect(compare(record, actions)).toEqual({ same: true });
    expect(actions[0]?.because).toEqual(recordedActions(record)[0]?.because);
  });
});

describe('under another policy', () => {
  test('a lower bound stops earlier, at a smaller exposure', async () => {
    const told = await replayed(bad, '--policy', file(above(1, '1 of 1')));
    expect([told.code, told.different]).toEqual([1, 1]);
    const [was, is] = [told.recorded[0], told.replayed[0]];
    expect(is?.kind).toBe('stop');
    expect(Date.parse(is?.at ?? '')).toBeLessThan(Date.parse(was?.at ?? ''));
    expect(is?.exposure).toBeLessThanOrEqual(was?.exposure ?? 0);
    expect(told.rules).toEqual([expect.objectContaining({ rule: 'error-rate', basis: 'again', kept: 0 })]);
  });

  test('a bound that is never reached would not have stopped it', async () => {
    using journal = journalOf(bad);
    const ran = await run(replayCommand, journal.path, '--policy', file(above(90)));
    expect([ran.code, ran.err]).toEqual([1, '']);
    expect(ran.out).toMatch(/recorded {2}stop at 2026-11-22 12:\d\d:\d\d UTC, \d+ % exposed: error-rate: /);
    expect(ran.out).toContain('  replayed  nothing\n  DIFFERENT: no stop any more\n  rule error-rate: judged again');
    expect(ran.out).toMatch(/1 watches decided again, 1 differently\.\n$/);
  });

  test('observed only, the same stop is withheld', async () => {
    const told = await replayed(bad, '--policy', file(policy({ mode: 'observe' })));
    expect(told.replayed[0]).toMatchObject({ kind: 'withhold', reason: 'observe', at: told.recorded[0]?.at });
  });

  test('another query keeps what was recorded, and says so', async () => {
    const source = { ...ERROR_RATE.source, expression: '1000 * errors / requests' };
    const told = await replayed(bad, '--policy', file(policy({ rules: [{ ...ERROR_RATE, source }] })));
    expect(told.code).toBe(0);
    expect(told.rules[0]).toMatchObject({ basis: 'recorded', because: expect.stringContaining('another query') });
  });

  test('a window that reaches back beyond the record keeps what was recorded', async () => {
    const told = await replayed(bad, '--policy', file(above(1, '2 of 30')));
    expect(told.rules[0]).toMatchObject({ basis: 'recorded', because: expect.stringContaining('no datapoint of') });
  });

  test('a rule without a record takes no part', async () => {
    const rules = [{ ...ERROR_RATE, name: 'new-one' }];
    const told = await replayed(bad, '--policy', file(policy({ rules })));
    expect(told.rules[0]).toMatchObject({ rule: 'new-one', basis: 'none' });
    expect([told.code, told.replayed]).toEqual([1, []]);
  });

  test('a policy that watches something else decides nothing', async () => {
    const other = policy({ name: 'other', match: { application: 'search', environment: '*' } });
    const told = await replayed(bad, '--policy', file(other));
    expect([told.code, told.note]).toEqual([1, 'no policy of the file watches it']);
  });
});

test('what is not there is told', async () => {
  using journal = journalOf(bad);
  const unknown = await run(replayCommand, journal.path, '--deployment', 'a/b/1');
  expect([unknown.code, unknown.err]).toEqual([3, expect.stringContaining('a/b/1 is not in the journal')]);
  const missing = await run(replayCommand, `${journal.path}-none`);
  expect(missing.code).toBe(3);
  const broken = await run(replayCommand, journal.path, '--policy', file('version: 2'));
  expect([broken.code, broken.out]).toEqual([2, '']);
});
