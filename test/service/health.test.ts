/** Whether the loop makes progress, by its own schedule. */
import { describe, expect, test } from 'vitest';
import type { DaemonState } from '../../src/engine/daemon.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { healthOf, pulseOf, readinessOf } from '../../src/service/health.ts';

const NOON = new Date(2026, 10, 23, 12, 0, 0).getTime();
const MINUTE = 60_000;

function state(poll: string, target: Partial<DaemonState['targets'][number]>): DaemonState {
  const text = `
version: 1
targets: [{ name: main, region: eu-west-1 }]
poll: "${poll}"
policies:
  - name: p
    match: { application: a, environment: b }
    mode: observe
    rules: [{ name: r, trigger: { kind: alarm, names: [x] } }]
`;
  const loaded = loadPolicy({ path: 'p.yaml', text }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const { config } = loaded;
  return { config, targets: [{ name: 'main', ...target }], watches: [], stopsInFlight: 0, circuit: 'closed', held: [] };
}

describe('healthy', () => {
  test.each([
    ['looked at just now', { lookedAt: NOON }, 15_000, true],
    ['one slow pass', { lookedAt: NOON }, 2 * MINUTE, true],
    ['a loop that hangs', { lookedAt: NOON }, 4 * MINUTE, false],
    ['starting', {}, MINUTE, true],
    ['never a first look', {}, 4 * MINUTE, false],
  ])('%s', (_, target, later, ok) => {
    expect(healthOf(state('*/15 * * * * *', target), NOON, NOON + later).ok).toBe(ok);
  });

  test('a schedule that sleeps at night is not a loop that hangs', () => {
    const evening = new Date(2026, 10, 23, 17, 59, 45).getTime();
    const nights = state('*/15 * 9-17 * * *', { lookedAt: evening });
    expect(healthOf(nights, NOON, evening + 10 * 60 * MINUTE).ok).toBe(true);
    expect(healthOf(nights, NOON, evening + 16 * 60 * MINUTE).ok).toBe(false);
  });

  test('says which target and for how long', () => {
    const { because } = healthOf(state('*/15 * * * * *', { lookedAt: NOON }), NOON, NOON + 5 * MINUTE);
    expect(because).toEqual(['target main was last looked at 5m ago; a look has been due for 4m45s']);
  });
});

test('ready when every target was discovered once', () => {
  expect(readinessOf(state('*/15 * * * * *', {}))).toEqual({
    ok: false,
    because: ['target main has not been discovered yet'],
  });
  expect(readinessOf(state('*/15 * * * * *', { discoveredAt: NOON })).ok).toBe(true);
});

describe('the pulse', () => {
  const POLL = '*/15 * * * * *';
  const UP = { lookedAt: NOON, discoveredAt: NOON };
  test.each([
    ['before the first look', {}, 5_000, 'starting'],
    ['before the first discovery', { lookedAt: NOON }, 5_000, 'starting'],
    ['discovered and looked at', UP, 5_000, 'well'],
    ['never a first look', {}, 4 * MINUTE, 'ill'],
    ['a loop that hangs', UP, 4 * MINUTE, 'ill'],
    ['a discovery that has had a gap all along', { lookedAt: NOON + 4 * MINUTE }, 4 * MINUTE, 'well'],
    ['not reached from the start', { lookedAt: NOON, unreachableSince: NOON }, MINUTE, 'starting'],
    ['not reached for a minute', { ...UP, unreachableSince: NOON }, MINUTE, 'well'],
    [
      'not reached for minutes',
      { discoveredAt: NOON, lookedAt: NOON + 4 * MINUTE, unreachableSince: NOON },
      4 * MINUTE,
      'ill',
    ],
  ])('%s', (_, target, later, kind) => {
    expect(pulseOf(state(POLL, target), NOON, NOON + later).kind).toBe(kind);
  });

  test('says why not', () => {
    const away = { discoveredAt: NOON, lookedAt: NOON + 5 * MINUTE, unreachableSince: NOON };
    expect(pulseOf(state(POLL, away), NOON, NOON + 5 * MINUTE)).toEqual({
      kind: 'ill',
      because: ['target main has not been reached for 5m'],
    });
  });
});
