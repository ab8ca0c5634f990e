/** What people are told: every way a deployment can go, each once, with its numbers; nothing that is not needed. */
import { describe, expect, it, test } from 'vitest';
import type { EventKind, WatchdogEvent } from '../../src/core/event.ts';
import { NOTICE_KINDS, type NoticeKind } from '../../src/core/notice.ts';
import { tell, VOCABULARY } from '../../src/log/vocabulary.ts';
import { KINDS } from '../../src/tell/kinds.ts';
import { consoleUrl } from '../../src/tell/links.ts';
import { EXAMPLES, KNOWN } from '../log/examples.ts';
import {
  at,
  because,
  complete,
  denied,
  discovered,
  type EventOf,
  judged,
  kindsOf,
  recovery,
  ref,
  released,
  requested,
  settled,
  stopFailed,
  toldOf,
  watch,
} from './events.ts';

const rolledBack = { kind: 'rolled-back', attempts: 1 } as const;
const notices = (events: readonly WatchdogEvent[]) => toldOf([discovered(), ...events]);
const kinds = (...events: readonly WatchdogEvent[]) => kindsOf([discovered(), ...events]);

describe('a bad rollout that is stopped', () => {
  const story = [
    discovered(),
    judged('inconclusive', 60),
    judged('healthy', 120),
    judged('breached', 240),
    requested(241),
    settled(rolledBack, 261),
    judged('healthy', 400),
    recovery('recovered', 400),
    released({ finalState: 'ROLLED_BACK', because: 'ROLLED_BACK after the stop' }),
  ];

  it('is told from the breach to the recovery, each step once', () => {
    expect(kindsOf(story)).toEqual(['breach-seen', 'stop-requested', 'rolled-back', 'recovered']);
  });

  it('reads so', async () => {
    const text = JSON.stringify(
      toldOf(story, [
        {
          text: 'Dashboard of {{deployment.application}}',
          url: 'https://grafana.example/d/1?var-app={{deployment.application}}',
        },
      ]),
      null,
      2,
    );
    await expect(`${text}\n`).toMatchFileSnapshot('./golden/rolled-back.json');
  });

  it('is one story: one thread, and the policy whose routes it takes', () => {
    const told = toldOf(story);
    expect(new Set(told.map(({ thread }) => thread))).toEqual(new Set(['deployment/main/app1234/env1234/12']));
    expect(told.every(({ policies }) => policies.join() === 'checkout-prod')).toBe(true);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  });

  it('has duration and exposure reached in its title', () => {
    expect(toldOf(story)[2]?.title).toBe('checkout/prod/12 rolled back in 20s, at most 40 % of the clients had it');
  });

  it('is told on where a former life left it, and not told again', () => {
    for (let died = 1; died < story.length; died++) {
      const before = story.slice(0, died);
      const after = [discovered({ at: at(300) }), ...story.slice(died)];
      expect([...kindsOf(before), ...kindsOf(after, before)]).toEqual(kindsOf(story));
    }
  });

  it('whose stop is taken up by the next life is not requested again', () => {
    const before = story.slice(0, 5);
    expect(kindsOf([discovered(), judged('breached', 300), requested(301, true)], before)).toEqual([]);
  });
});

describe('every other way', () => {
  test('a breach that passes is told, and that it is over', () => {
    const flaps = [
      judged('breached', 60),
      judged('inconclusive', 120),
      judged('breached', 180),
      judged('healthy', 240),
    ];
    expect(kinds(...flaps)).toEqual(['breach-seen', 'breach-over']);
  });

  test.each([
    ['observe', 'would-have-stopped', 'warning'],
    ['baking-ignored', 'stop-withheld', 'warning'],
    ['circuit-open', 'stop-held-by-circuit', 'critical'],
  ] as const)('a stop that is withheld (%s) is told as %s', (reason, kind, severity) => {
    const [told] = notices([{ kind: 'stop-withheld', at: at(240), watch, reason, because }]);
    expect(told).toMatchObject({ kind, severity, because });
  });

  test('a stop that fails opens an incident; its tries are told once, and again after half an hour', () => {
    const tries = [0, 60, 120, 1_000, 1_900].flatMap((s) => [requested(240 + s), stopFailed(300 + s)]);
    const told = notices([judged('breached', 240), ...tries]);
    expect(new Set(told.filter(({ kind }) => kind === 'stop-failed').map(({ id }) => id)).size).toBe(2);
    expect(told.filter(({ kind }) => kind === 'stop-requested')).toHaveLength(1);
    expect(told.find(({ kind }) => kind === 'stop-failed')).toMatchObject({
      severity: 'critical',
      title: 'checkout/prod/12 could NOT be stopped: stop it by hand',
      incident: { action: 'open', key: 'deployment/main/app1234/env1234/12' },
    });
  });

  test('the recovery closes what a stop that failed opened', () => {
    const story = [requested(240), stopFailed(300), settled(rolledBack, 400), recovery('recovered', 500)];
    const told = notices([...story, released({ finalState: 'ROLLED_BACK' })]);
    const incidents = told.flatMap(({ incident }) => incident ?? []);
    expect(incidents.map(({ action }) => action)).toEqual(['open', 'close']);
    expect(new Set(incidents.map(({ key }) => key)).size).toBe(1);
  });

  test('without verification the end of the watch closes it', () => {
    const end = released({ finalState: 'ROLLED_BACK' });
    expect(notices([stopFailed(300), settled(rolledBack, 400), end]).at(-1)).toMatchObject({
      kind: 'watch-over',
      incident: { action: 'close', key: 'deployment/main/app1234/env1234/12' },
    });
  });

  test('a service that did not recover stays an incident when the watch ends, and when another policy is content', () => {
    const told = notices([
      discovered({ watch: { ...watch, policy: 'other' } }),
      settled(rolledBack, 400),
      recovery('not-recovered', 1_000),
      recovery('recovered', 1_001, 'other'),
      released({ finalState: 'ROLLED_BACK' }),
      released({ finalState: 'ROLLED_BACK', watch: { ...watch, policy: 'other' } }),
    ]);
    expect(told.map(({ kind, incident }) => [kind, incident?.action])).toEqual([
      ['rolled-back', undefined],
      ['not-recovered', 'open'],
      ['recovered', undefined],
    ]);
  });

  test('a deployment whose stop was held, and that completes, is told as complete in spite of harm', () => {
    const held: WatchdogEvent = { kind: 'stop-withheld', at: at(240), watch, reason: 'circuit-open', because };
    expect(kinds(held, released())).toEqual(['stop-held-by-circuit', 'completed-in-spite']);
    expect(kinds({ ...held, reason: 'observe' }, released())).toEqual(['would-have-stopped']);
  });

  test('nobody can tell whether it recovered', () =>
    expect(kinds(recovery('cannot-tell', 900))).toEqual(['recovery-unknown']));

  test('a rollback that does not end', () => {
    const overdue = {
      kind: 'stop-overdue',
      at: at(900),
      deployment: ref,
      state: 'ROLLING_BACK',
      waited: 600_000,
    } as const;
    const [told] = notices([overdue]);
    expect(told).toMatchObject({ kind: 'stop-overdue', severity: 'critical', incident: { action: 'open' } });
    expect(told?.title).toBe('checkout/prod/12 is still ROLLING_BACK 10m after the stop: look at AppConfig');
  });

  test.each([
    ['COMPLETE', 'completed-in-spite'],
    ['ROLLED_BACK', 'stop-already-over'],
  ])('a stop that came when it was %s is %s', (state, kind) => {
    expect(kinds(settled({ kind: 'already-over', state, attempts: 1 }, 300, complete))).toEqual([kind]);
  });

  test('a stop that failed for good', () => {
    expect(kinds(settled({ kind: 'failed', failure: denied, attempts: 2 }, 300))).toEqual(['stop-failed']);
  });

  test('a deployment that completed before it could be stopped, or was never judged', () => {
    expect(kinds(released({ unstopped: because }))).toEqual(['completed-in-spite']);
    const [never] = notices([released({ unjudged: ['latency'] })]);
    expect(never).toMatchObject({
      kind: 'never-judged',
      title: 'checkout/prod/12 is complete and was never judged by latency',
    });
    expect(kinds(released())).toEqual([]);
  });

  test('a rule that cannot be asked has an incident of its own, which ends when it can or when the watch ends', () => {
    const unknown: WatchdogEvent = {
      ...{ kind: 'rule-unknown-too-long', at: at(480), watch, rule: 'error-rate', since: at(180), action: 'hold' },
      failure: { ...denied, message: 'GetMetricData: not authorized' },
    };
    const known: WatchdogEvent = {
      kind: 'rule-known-again',
      at: at(600),
      watch,
      rule: 'error-rate',
      unknownFor: 420_000,
    };
    const [open, close] = notices([unknown, known]);
    expect(open).toMatchObject({ kind: 'rule-unknown', severity: 'critical', incident: { action: 'open' } });
    expect(close).toMatchObject({ kind: 'rule-known-again', incident: { action: 'close', key: open?.incident?.key } });
    expect(open?.incident?.key).not.toBe(open?.thread);
    expect(notices([unknown, released()]).at(-1)).toMatchObject({
      kind: 'watch-over',
      incident: { action: 'close', key: open?.incident?.key },
    });
  });

  test('a policy file that was refused is told, and when one is in force again', () => {
    const loaded: WatchdogEvent = {
      kind: 'policy-loaded',
      at: at(1),
      file: 'w.yaml',
      digest: 'd',
      policies: ['a'],
      reload: true,
    };
    const refused: WatchdogEvent = { kind: 'policy-rejected', at: at(2), file: 'w.yaml', errors: ['w.yaml:1: no'] };
    expect(kindsOf([loaded, refused, { ...loaded, at: at(3) }, { ...loaded, at: at(4) }])).toEqual([
      'policy-rejected',
      'policy-loaded',
    ]);
  });

  test('two that go on at once are two stories, and both policies of one hear of its stop', () => {
    const other = { ...ref, number: 13 };
    const told = toldOf([
      discovered(),
      discovered({ watch: { ...watch, policy: 'second' } }),
      { ...requested(240), deployment: other },
      requested(241),
    ]);
    expect(told.map(({ thread, policies }) => [thread.split('/').at(-1), policies])).toEqual([
      ['13', ['checkout-prod']],
      ['12', ['checkout-prod', 'second']],
    ]);
  });
});

describe('a rule that may not stop by itself', () => {
  const calibrated = (change: Partial<EventOf<'rule-calibrated'>>): WatchdogEvent => ({
    ...EXAMPLES['rule-calibrated'],
    ...change,
  });
  const good = EXAMPLES['rule-calibrated'].calibration;
  const young = { kind: 'uncalibrated', because: 'its history has room for 12 placebo deployments' } as const;
  const wild = { kind: 'calibrated', etas: [0.02], placebos: 600, falseStops: 31, met: true, at: at(1) } as const;
  const staging = { id: 'env9', name: 'staging' };

  it('is told with the reason, once, in however many environments and however often', () => {
    const told = toldOf([
      calibrated({ calibration: wild }),
      calibrated({ calibration: young, environment: staging }),
      calibrated({ calibration: wild }),
    ]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      kind: 'rule-only-advises',
      title: 'Rule error-rate of policy checkout-prod only advises: by itself it stops NOTHING',
      because: ['it would have stopped 31 of 600 placebo deployments'],
      policies: ['checkout-prod'],
    });
  });

  it('is told again when it could stop everywhere meanwhile, or its policy was gone', () => {
    const doubt = calibrated({ calibration: young });
    const elsewhere = calibrated({ calibration: young, environment: staging });
    expect(kindsOf([doubt, elsewhere, calibrated({ calibration: good }), doubt])).toHaveLength(1);
    const everywhere = [calibrated({ calibration: good }), calibrated({ calibration: good, environment: staging })];
    expect(kindsOf([doubt, elsewhere, ...everywhere, doubt])).toHaveLength(2);
    const without = { ...EXAMPLES['policy-loaded'], policies: ['another'] };
    expect(kindsOf([doubt, without, doubt])).toHaveLength(2);
  });

  it('is not told by a later life, nor where the policy insists or the former calibration goes on', () => {
    const doubt = calibrated({ calibration: young });
    expect(kindsOf([doubt], [doubt])).toEqual([]);
    expect(kindsOf([calibrated({ calibration: wild, insists: true })])).toEqual([]);
    expect(kindsOf([calibrated({ calibration: young, keepsFormer: true })])).toEqual([]);
  });
});

describe('the kinds', () => {
  const events: readonly WatchdogEvent[] = [
    ...Object.values(EXAMPLES),
    { kind: 'daemon-stopped', at: at(1), clean: false },
    { ...EXAMPLES['rule-calibrated'], calibration: { kind: 'uncalibrated', because: 'its history is too short' } },
    ...(['observe', 'baking-ignored', 'circuit-open'] as const).map(
      (reason): WatchdogEvent => ({ kind: 'stop-withheld', at: at(1), watch, reason, because }),
    ),
  ];

  it('what the log calls critical is critical here as well, and the other way round', () => {
    const differ = events.flatMap((event) => {
      const [notice] = toldOf([event]);
      const loud = tell(event, KNOWN).critical;
      return notice === undefined || (notice.severity === 'critical') === loud
        ? []
        : [`${event.kind} → ${notice.kind}`];
    });
    // A daemon that ends with a stop under way is an error in the log, which nobody reads at night.
    expect(differ).toEqual(['daemon-stopped → stop-cut-off']);
    const silent = events.filter((event) => tell(event, KNOWN).critical && toldOf([event]).length === 0);
    expect(silent.map(({ kind }) => kind)).toEqual([]);
  });

  it('are all told of something, but for those that are no event', () => {
    const told = new Set<NoticeKind>([
      ...events.flatMap((event) => kindsOf([event])),
      ...kinds(judged('breached', 60), judged('healthy', 120)),
      ...(['recovered', 'not-recovered', 'cannot-tell'] as const).flatMap((how) => kinds(recovery(how, 900))),
      ...kinds(settled(rolledBack, 261)),
      ...kinds(settled({ kind: 'already-over', state: 'COMPLETE', attempts: 1 }, 261)),
      ...kinds(settled({ kind: 'already-over', state: 'REVERTED', attempts: 1 }, 261)),
      ...kinds(stopFailed(300), released({ finalState: 'REVERTED' })),
      ...kinds(released({ unjudged: ['latency'] })),
      ...kindsOf([EXAMPLES['policy-rejected'], EXAMPLES['policy-loaded']]),
    ]);
    const elsewhere: readonly NoticeKind[] = ['notices-left-out', 'test'];
    expect(NOTICE_KINDS.filter((kind) => !told.has(kind))).toEqual(elsewhere);
  });

  it('an incident that is opened can be closed, but for what only a person can say is over', () => {
    const opens = Object.entries(KINDS).filter(([, { incident }]) => incident === 'open');
    expect(opens.every(([, { severity }]) => severity === 'critical')).toBe(true);
    expect(opens.length).toBeGreaterThan(7);
  });

  it('no title or reason is without its words, whatever is known of the deployment', () => {
    for (const event of events) {
      for (const { title, because: reasons, facts } of toldOf([event])) {
        expect(`${title} ${reasons.join()} ${JSON.stringify(facts)}`).not.toMatch(/undefined|NaN|\[object/);
      }
    }
  });

  it('every kind of event is decided on', () => {
    const kindsOfEvents: readonly EventKind[] = Object.values(VOCABULARY).map(({ kind }) => kind);
    for (const kind of kindsOfEvents) expect(() => toldOf([EXAMPLES[kind]])).not.toThrow();
  });
});

describe('links', () => {
  test.each([
    ['eu-west-1', 'https://eu-west-1.console.aws.amazon.com/'],
    ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
    ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/'],
  ])('lead to the console of %s', (region, host) => {
    const url = consoleUrl({ ...ref, region });
    expect(url.startsWith(host)).toBe(true);
    expect(url).toContain(`/systems-manager/appconfig/applications/app1234/environments/env1234?region=${region}`);
  });

  it('of the policy file are filled, and no name changes where they lead', () => {
    const links = [{ text: 'Board', url: 'https://grafana.example/d/1?app={{deployment.application}}' }];
    const application = { id: 'app1234', name: 'a&b=1/../?#@evil.example' };
    const snapshot = { ...complete, application };
    const [told] = toldOf([discovered({ snapshot }), judged('breached', 60)], links);
    expect(told?.links[1]?.url).toBe('https://grafana.example/d/1?app=a%26b%3D1%2F..%2F%3F%23%40evil.example');
  });
});
