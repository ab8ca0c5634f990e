/** CloudWatch or AppConfig that does not answer, credentials that expire, lists that are throttled, targets that hang. */
import { expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import type { TargetAccess } from '../../src/engine/access.ts';
import type { FaultKind } from '../../src/sandbox/index.ts';
import { aPolicy, fileOf, policy } from './support/policy.ts';
import { LINEAR, world } from './support/world.ts';

/** Every minute: a read that is throttled is tried three times by the SDK, which takes about a real second. */
const CALM = { poll: '0 * * * * *' };
const LONG = { ...LINEAR, minutes: 20, bakeMinutes: 20 };

test('throttled metrics are unknown, told once as unknown too long, and known again', async () => {
  await using here = await world({ rollout: LONG, policy: policy({ onUnknown: { after: '1m', do: 'hold' } }, CALM) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('4m');
  const fault = here.sandbox.faults.add({ kind: 'throttling', operation: 'GetMetricData' });
  await here.advance('3m');
  const unknown = here.of('rule-judged').at(-1)?.verdict;
  expect(unknown).toMatchObject({ kind: 'unknown', failure: { reason: 'throttled' } });
  expect(here.of('rule-unknown-too-long').map(({ rule, action }) => [rule, action])).toEqual([['error-rate', 'hold']]);
  expect(here.of('rule-known-again')).toEqual([]);
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect(here.of('rule-known-again')).toHaveLength(1);
  expect(here.of('rule-known-again')[0]?.unknownFor).toBe(180_000);
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
  expect(here.stopCalls()).toBe(0);
});

test('metrics that stay throttled stop the deployment when the policy says do: stop', async () => {
  await using here = await world({ rollout: LONG, policy: policy({ onUnknown: { after: '1m', do: 'stop' } }, CALM) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('3m');
  const fault = here.sandbox.faults.add({ kind: 'throttling', operation: 'GetMetricData' });
  await here.until('a stop is decided', () => here.of('stop-decided').length > 0, '4m');
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('rule-unknown-too-long').map((event) => event.action)).toEqual(['stop']);
  expect(here.of('stop-decided')[0]?.because[0]).toMatch(
    /^error-rate: could not be asked since .*, and the policy says stop: /,
  );
  expect(here.stopCalls()).toBe(1);
});

test('a throttled minute that is over before `after` is not told', async () => {
  await using here = await world({ policy: policy({ onUnknown: { after: '5m', do: 'stop' } }, CALM) });
  const number = await here.shop.deploy({ flag: 'good' });
  await here.advance('4m');
  const fault = here.sandbox.faults.add({ kind: 'throttling', operation: 'GetMetricData' });
  await here.advance('2m');
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect(here.of('rule-judged').map((event) => event.verdict.kind)).toContain('unknown');
  expect(here.of('rule-unknown-too-long')).toEqual([]);
  expect((await here.shop.get(number)).State).toBe('COMPLETE');
});

test.each(['unavailable-html', 'reset', 'expired-token'] as FaultKind[])(
  'AppConfig down (%s) for five minutes before a bad rollout: told once, and stopped afterwards',
  async (kind) => {
    await using here = await world({ rollout: LONG, policy: policy({}, CALM) });
    await here.advance('10s');
    const fault = here.sandbox.faults.add({ kind, service: 'appconfig' });
    await here.advance('1m');
    expect(here.of('target-unreachable').map((event) => event.target)).toEqual(['main']);
    const number = await here.shop.deploy({ flag: 'bad' });
    await here.advance('4m');
    expect(here.of('target-unreachable').map((event) => event.target)).toEqual(['main']);
    expect(here.of('deployment-discovered')).toEqual([]);
    expect(here.daemon.state().targets[0]?.unreachableSince).toBeDefined();
    here.sandbox.faults.remove(fault);
    await here.untilReleased();
    expect(here.of('target-unreachable')).toHaveLength(1);
    expect(here.of('target-reachable')).toHaveLength(1);
    expect(here.of('target-reachable')[0]?.unreachableFor).toBeGreaterThanOrEqual(240_000);
    expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
    expect(here.stopCalls()).toBe(1);
  },
);

test('AppConfig down for five minutes during a bad rollout: metrics are judged meanwhile, the stop gets through after', async () => {
  await using here = await world({ rollout: LONG, policy: policy({}, CALM) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('90s');
  const fault = here.sandbox.faults.add({ kind: 'unavailable-html', service: 'appconfig' });
  await here.advance('1m');
  expect(here.of('target-unreachable')).toHaveLength(1);
  await here.advance('10m');
  expect(here.of('target-unreachable')).toHaveLength(1);
  expect(here.of('rule-judged').at(-1)?.verdict.kind).toBe('breached');
  // Judged bad and decided while AppConfig was away.
  expect(here.of('stop-decided').length).toBeGreaterThan(0);
  expect(here.of('stop-failed').length).toBeGreaterThan(0);
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('target-reachable')).toHaveLength(1);
  expect(here.of('stop-settled').map((event) => event.outcome.kind)).toEqual(['rolled-back']);
});

test('credentials that expire everywhere are told, hold nothing back for good, and the bad one is stopped', async () => {
  await using here = await world({ rollout: LONG, policy: policy({ onUnknown: { after: '2m', do: 'hold' } }, CALM) });
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('1m');
  const fault = here.sandbox.faults.add({ kind: 'expired-token' });
  await here.advance('6m');
  expect(here.of('target-unreachable').map((event) => event.failure.reason)).toEqual(['auth']);
  expect(here.of('rule-unknown-too-long').map((event) => event.failure.reason)).toEqual(['auth']);
  expect(here.stopCalls()).toBe(0);
  here.sandbox.faults.remove(fault);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('target-reachable')).toHaveLength(1);
  expect(here.of('rule-known-again')).toHaveLength(1);
});

test.each(['ListEnvironments', 'ListDeployments'])(
  '%s throttled is told once as incomplete, and what is watched goes on',
  async (operation) => {
    await using here = await world({ rollout: LONG, policy: policy({}, CALM) });
    const number = await here.shop.deploy({ flag: 'bad' });
    await here.advance('2m');
    const fault = here.sandbox.faults.add({ kind: 'throttling', operation });
    await here.advance('3m');
    here.sandbox.faults.remove(fault);
    await here.untilReleased();
    expect(here.of('discovery-incomplete').map((event) => event.failure.reason)).toEqual(['throttled']);
    expect(here.of('discovery-incomplete')[0]?.what).toMatch(/checkout/);
    expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
    expect(here.of('target-unreachable')).toEqual([]);
  },
);

test('one application that cannot be listed does not hide the others', async () => {
  let blind = '';
  await using here = await world({
    policy: policy({ match: { application: '*', environment: 'prod*' } }, CALM),
    between: (access) => ({
      ...access,
      port: {
        ...access.port,
        listEnvironments: (id, signal) =>
          id === blind ? Promise.reject(new FailureError(BROKEN)) : access.port.listEnvironments(id, signal),
      },
    }),
  });
  const other = await here.openShop({ application: 'search' });
  blind = here.shop.applicationId;
  await here.restart();
  const number = await other.deploy({ flag: 'bad' });
  await here.untilReleased();
  expect((await other.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('discovery-incomplete').map(({ what }) => what)).toEqual(['environments of application checkout']);
  expect(here.of('target-unreachable')).toEqual([]);
});

const BROKEN = { reason: 'unavailable', retryable: true, message: 'ListEnvironments: broken' } as const;

/** Nothing of this target ever answers. */
function hanging(access: TargetAccess): TargetAccess {
  const never = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  return {
    ...access,
    port: { ...access.port, listApplications: never, listEnvironments: (_, signal) => never(signal) },
  };
}

test('a target that hangs does not hold up the one beside it', async () => {
  const targets = [
    { name: 'slow', region: 'us-east-1' },
    { name: 'main', region: 'eu-west-1' },
  ];
  await using here = await world({
    policy: fileOf([aPolicy()], { targets }),
    between: (access, target) => (target.name === 'slow' ? hanging(access) : access),
  });
  const since = here.clock.now();
  const number = await here.shop.deploy({ flag: 'bad' });
  await here.advance('2m');
  // A list of environments every fifteen seconds, as scheduled.
  expect(here.calls('ListEnvironments', since + 1)).toBe(8);
  expect(here.of('cycle-overran').map((event) => event.target)).toEqual(['slow']);
  await here.untilReleased();
  expect((await here.shop.get(number)).State).toBe('ROLLED_BACK');
  expect(here.of('cycle-overran').map((event) => event.target)).toEqual(['slow']);
});
