/** The alarm trigger over real HTTP with the real SDK: what counts, what does not, and what could not be asked. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { alarm } from '../../src/triggers/alarm/index.ts';
import { deploymentAt } from '../support/deployment.ts';
import { type WireCall, type WireCloudWatch, type WireReply, wireCloudWatch } from '../support/wire-cloudwatch.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22, 12);
const NOW = START + 10 * MINUTE;
const { signal } = new AbortController();

interface Known {
  readonly name: string;
  readonly state: string;
  /** Minutes after the start of the deployment. */
  readonly since: number;
  readonly composite?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly extra?: Record<string, unknown>;
}

let wire: WireCloudWatch;
let known: Known[];

const arnOf = (name: string) => `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${name}`;

function wireAlarm({ name, state, since, extra }: Known): Record<string, unknown> {
  const at = (START + since * MINUTE) / 1_000;
  return {
    AlarmName: name,
    AlarmArn: arnOf(name),
    StateValue: state,
    StateReason: `because of ${name}`,
    StateUpdatedTimestamp: at + 30,
    StateTransitionedTimestamp: at,
    ActionsEnabled: true,
    ...extra,
  };
}

/** Pages of 100 by name or prefix, composite alarms only when asked for, as AWS does. */
function describeReply({ input }: WireCall): WireReply {
  const { AlarmNames, AlarmNamePrefix = '', AlarmTypes = ['MetricAlarm'], MaxRecords = 50, NextToken = '0' } = input;
  const found = known
    .filter(({ name }) => AlarmNames?.includes(name) ?? name.startsWith(AlarmNamePrefix))
    .filter(({ composite }) => AlarmTypes.includes(composite ? 'CompositeAlarm' : 'MetricAlarm'));
  const from = Number(NextToken);
  const page = found.slice(from, from + MaxRecords);
  return {
    MetricAlarms: page.filter(({ composite }) => !composite).map(wireAlarm),
    CompositeAlarms: page.filter(({ composite }) => composite).map(wireAlarm),
    ...(from + MaxRecords < found.length ? { NextToken: String(from + MaxRecords) } : {}),
  };
}

function reply(call: WireCall): WireReply {
  if (call.operation === 'DescribeAlarms') return describeReply(call);
  const tags = known.find(({ name }) => arnOf(name) === call.input.ResourceARN)?.tags ?? {};
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

beforeEach(async () => {
  known = [];
  wire = await wireCloudWatch(reply);
});
afterEach(() => wire[Symbol.asyncDispose]());

function setUp(preExisting: 'ignore' | 'stop' = 'ignore') {
  const trigger = alarm.open(wire.access(drivenClock(NOW)));
  const context = { deployment: deploymentAt(START), now: NOW, preExisting };
  return (options: Record<string, unknown>, aborting = signal) =>
    trigger.check(alarm.options().parse({ kind: 'alarm', ...options }), context, aborting);
}

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FailureError)) throw new Error(`expected a FailureError, got ${String(error)}`);
  return error.failure;
}

describe('an alarm', () => {
  test('that went off after the start counts, with name, time and reason', async () => {
    known = [{ name: 'latency', state: 'ALARM', since: 3 }];
    const verdict = await setUp()({ names: ['latency'] });
    expect(verdict.kind).toBe('breached');
    expect(verdict.because).toBe('alarm "latency" is in ALARM since 2026-11-22T12:03:00.000Z: because of latency');
  });

  const table: [string, Omit<Known, 'name'>, Record<string, unknown>, 'ignore' | 'stop', string][] = [
    ['fine', { state: 'OK', since: 3 }, {}, 'ignore', 'healthy'],
    ['ringing from the very start', { state: 'ALARM', since: 0 }, {}, 'ignore', 'breached'],
    ['ringing from before', { state: 'ALARM', since: -1 }, {}, 'ignore', 'inconclusive'],
    ['ringing from before, under preExisting stop', { state: 'ALARM', since: -1 }, {}, 'stop', 'breached'],
    ['without data', { state: 'INSUFFICIENT_DATA', since: 3 }, {}, 'ignore', 'inconclusive'],
    [
      'without data, which is asked for',
      { state: 'INSUFFICIENT_DATA', since: 3 },
      { insufficientData: 'breached' },
      'ignore',
      'breached',
    ],
    [
      'without data from before, which is asked for',
      { state: 'INSUFFICIENT_DATA', since: -3 },
      { insufficientData: 'breached' },
      'ignore',
      'inconclusive',
    ],
    ['composite', { state: 'ALARM', since: 3, composite: true }, {}, 'ignore', 'breached'],
    ['with actions disabled', { state: 'ALARM', since: 3, extra: { ActionsEnabled: false } }, {}, 'ignore', 'breached'],
    [
      'that only says when it was updated',
      { state: 'ALARM', since: -1, extra: { StateTransitionedTimestamp: undefined } },
      {},
      'ignore',
      'inconclusive',
    ],
    [
      'whose reason changed since',
      { state: 'ALARM', since: -5, extra: { StateUpdatedTimestamp: (START + MINUTE) / 1_000 } },
      {},
      'ignore',
      'inconclusive',
    ],
  ];
  test.each(table)('%s', async (_name, state, options, preExisting, kind) => {
    known = [{ name: 'a', ...state }];
    expect((await setUp(preExisting)({ names: ['a'], ...options })).kind).toBe(kind);
  });

  test('that leaves ALARM and comes back counts', async () => {
    const check = setUp();
    for (const [state, since, kind] of [
      ['ALARM', -5, 'inconclusive'],
      ['OK', 2, 'healthy'],
      ['ALARM', 4, 'breached'],
    ] as const) {
      known = [{ name: 'a', state, since }];
      expect((await check({ names: ['a'] })).kind).toBe(kind);
    }
  });

  test('with disabled actions says so', async () => {
    known = [{ name: 'a', state: 'ALARM', since: 1, extra: { ActionsEnabled: false } }];
    expect((await setUp()({ names: ['a'] })).because).toContain('its actions are disabled');
  });

  test('cannot write control characters or novels into the log', async () => {
    known = [{ name: 'a', state: 'ALARM', since: 1, extra: { StateReason: `\u001b[31m${'x'.repeat(5_000)}` } }];
    const { because } = await setUp()({ names: ['a'] });
    expect(because).not.toContain('\u001b');
    expect(because.length).toBeLessThan(700);
  });
});

describe('several alarms', () => {
  test('breach together, each named; those that rang before are left out of it', async () => {
    known = [
      { name: 'a', state: 'ALARM', since: 1 },
      { name: 'b', state: 'ALARM', since: 2 },
      { name: 'c', state: 'ALARM', since: -2 },
      { name: 'd', state: 'OK', since: -2 },
    ];
    const verdict = await setUp()({ names: ['a', 'b', 'c', 'd'] });
    expect(verdict.kind).toBe('breached');
    expect(verdict.because).toMatch(/"a".*"b"/);
    expect(verdict.because).not.toMatch(/"c"|"d"/);
  });

  test('by prefix, over pages, composite ones included', async () => {
    known = Array.from({ length: 250 }, (_, index) => ({ name: `shop-${index}`, state: 'OK', since: -9 }));
    known.push(
      { name: 'shop-all', state: 'ALARM', since: 1, composite: true },
      { name: 'x', state: 'ALARM', since: 1 },
    );
    const verdict = await setUp()({ prefix: 'shop-' });
    expect(verdict.because).toMatch(/^alarm "shop-all"/);
    expect(wire.calls.length).toBe(3);
  });

  test('by tag: only what can tell is asked for its tags, and only once in a while', async () => {
    known = Array.from({ length: 40 }, (_, index) => ({
      name: `ok-${index}`,
      state: 'OK',
      since: -9,
      tags: { team: 'a' },
    }));
    known.push({ name: 'ours', state: 'ALARM', since: 1, tags: { team: 'a', tier: '1' } });
    known.push({ name: 'theirs', state: 'ALARM', since: 1, tags: { team: 'b' } });
    const check = setUp();
    for (let poll = 0; poll < 3; poll++) {
      expect((await check({ tags: { team: 'a' } })).because).toMatch(/^alarm "ours"[^;]*$/);
    }
    expect(wire.calls.filter(({ operation }) => operation === 'ListTagsForResource').length).toBe(2);
    known = known.filter(({ state }) => state === 'OK');
    expect((await check({ tags: { team: 'a' } })).kind).toBe('healthy');
    expect(wire.calls.filter(({ operation }) => operation === 'ListTagsForResource').length).toBe(3);
  });

  test('named by many rules are asked for once, a hundred a call', async () => {
    known = Array.from({ length: 150 }, (_, index) => ({ name: `a${index}`, state: 'OK', since: -9 }));
    const check = setUp();
    const names = (index: number) => [`a${index % 150}`, `a${(index * 7 + 1) % 150}`];
    const verdicts = await Promise.all(Array.from({ length: 300 }, (_, index) => check({ names: names(index) })));
    expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(['healthy']));
    expect(wire.calls.map(({ input }) => input.AlarmNames?.length)).toEqual([100, 50]);
  });
});

describe('could not be asked', () => {
  test('a named alarm that does not exist is never health', async () => {
    known = [{ name: 'a', state: 'OK', since: -9 }];
    const failure = await failureOf(setUp()({ names: ['a', 'typo'] }));
    expect(failure).toMatchObject({ reason: 'not-found', retryable: false });
    expect(failure.message).toBe('DescribeAlarms: there is no alarm named "typo"');
  });

  test('beside one that rings it is told, and the ringing stands', async () => {
    known = [{ name: 'a', state: 'ALARM', since: 1 }];
    const verdict = await setUp()({ names: ['a', 'typo'] });
    expect(verdict.kind).toBe('breached');
    expect(verdict.because).toContain('there is no alarm named "typo"');
  });

  test.each([
    [{ prefix: 'none-' }, 'there is no alarm whose name begins with "none-"'],
    [{ tags: { team: 'x' } }, 'there is no alarm tagged team=x'],
  ])('a selector that matches nothing: %o', async (options, message) => {
    known = [{ name: 'a', state: 'OK', since: 1 }];
    expect((await failureOf(setUp()(options))).message).toBe(`DescribeAlarms: ${message}`);
  });

  test.each([
    [{ status: 400, error: 'Throttling' }, 'throttled'],
    [{ status: 403, error: 'AccessDenied' }, 'auth'],
    [{ status: 500, error: 'InternalFailure' }, 'unavailable'],
    [{ MetricAlarms: [{ AlarmName: 'a', StateValue: 'PANIC', StateUpdatedTimestamp: 1 }] }, 'malformed'],
    [{ MetricAlarms: [{ AlarmName: 'a', StateValue: 'ALARM' }] }, 'malformed'],
    [{ MetricAlarms: [], NextToken: 'again' }, 'malformed'],
  ])('%o is %s', async (answer, reason) => {
    wire.reply = () => answer;
    const failure = await failureOf(setUp()({ names: ['a'] }));
    expect(failure.reason).toBe(reason);
    expect(failure.message).toMatch(/^DescribeAlarms: /);
  });

  test('one alarm that cannot be read says nothing about those that were asked for with it', async () => {
    known = [
      { name: 'strange', state: 'PANIC', since: 1 },
      {
        name: 'timeless',
        state: 'ALARM',
        since: 1,
        extra: { StateUpdatedTimestamp: null, StateTransitionedTimestamp: null },
      },
      { name: 'latency', state: 'ALARM', since: 3 },
      { name: 'errors', state: 'OK', since: 3 },
    ];
    const check = setUp();
    const [latency, errors, strange, both, all] = await Promise.all([
      check({ names: ['latency'] }),
      check({ names: ['errors'] }),
      failureOf(check({ names: ['strange', 'errors'] })),
      check({ names: ['strange', 'timeless', 'latency'] }),
      check({ prefix: 'l' }),
    ]);
    expect([latency.kind, errors.kind, both.kind, all.kind]).toEqual(['breached', 'healthy', 'breached', 'breached']);
    expect(strange).toMatchObject({ reason: 'malformed', message: expect.stringContaining('PANIC') });
  });

  test('for want of time', async () => {
    wire.reply = () => 'hang';
    const leaving = new AbortController();
    const work = failureOf(setUp()({ names: ['a'] }, leaving.signal));
    leaving.abort();
    expect(await work).toMatchObject({ reason: 'aborted' });
  });
});

test.each([
  [{}, /at least one of names, prefix and tags/],
  [{ names: [] }, /names/],
  [{ names: ['a', 'a'] }, /alarm "a" is named twice/],
  [{ tags: {} }, /at least one tag/],
  [{ names: ['a'], insufficientData: 'stop' }, /insufficientData/],
])('options %o are refused', (options, expected) => {
  const parsed = alarm.options().safeParse({ kind: 'alarm', ...options });
  const issues = parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  expect(issues.join('\n')).toMatch(expected);
});
