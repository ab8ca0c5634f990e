import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explainCommand } from '../../src/cli/explain.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { at, running, STORY, watch } from '../journal/events.ts';
import { journalOf, run } from './explain-status-io.ts';

/** The same names in another target: the plain argument no longer says which. */
const TWIN: WatchdogEvent = {
  kind: 'deployment-discovered',
  at: at(700),
  watch: { ...watch, deployment: { ...watch.deployment, target: 'prod-us' } },
  mode: 'enforce',
  snapshot: { ...running, ref: { ...running.ref, target: 'prod-us' } },
  rules: [],
};

describe('explain', () => {
  test('tells the story of a stopped deployment', async () => {
    using journal = journalOf(STORY);
    const ran = await run(explainCommand, 'checkout/prod/12', '--journal', journal.path);
    expect([ran.code, ran.err]).toEqual([0, '']);
    await expect(ran.out).toMatchFileSnapshot('golden/explain-stopped.txt');
  });

  test('tells of a deployment about which little is known', async () => {
    using journal = journalOf(STORY);
    const ran = await run(explainCommand, 'checkout/staging/3', '--journal', journal.path);
    await expect(ran.out).toMatchFileSnapshot('golden/explain-discovered.txt');
  });

  test.each(['checkout/prod/12', 'abc1234/env1234/12', 'checkout/env1234/12', 'prod-eu:abc1234/prod/12'])(
    'takes names and ids: %s',
    async (argument) => {
      using journal = journalOf(STORY);
      const ran = await run(explainCommand, argument, '--journal', journal.path, '--json');
      const told = JSON.parse(ran.out);
      expect(told.deployment.state).toBe('ROLLED_BACK');
      expect(told.exposure.map(({ share }: { share: number }) => share)).toEqual([0, 0.2, 0]);
      expect(told.rules[0]).toMatchObject({ rule: 'error-rate', verdicts: { healthy: 1, breached: 1 }, above: 1 });
      expect(told.events).toHaveLength(13);
    },
  );

  test('asks which one is meant, with arguments that say it', async () => {
    using journal = journalOf([...STORY, TWIN]);
    const ran = await run(explainCommand, 'checkout/prod/12', '--journal', journal.path);
    expect(ran).toEqual({
      out: '',
      code: 3,
      err: 'error: checkout/prod/12 names several deployments; choose one of:\n  prod-eu:abc1234/env1234/12\n  prod-us:abc1234/env1234/12\n',
    });
    const chosen = await run(explainCommand, 'prod-us:abc1234/env1234/12', '--journal', journal.path);
    expect(chosen.out).toMatch(/^checkout\/prod\/12 in prod-us/);
  });

  test('an unknown one: says what the journal holds', async () => {
    using journal = journalOf(STORY);
    const ran = await run(explainCommand, 'checkout/prod/99', '--journal', journal.path);
    expect(ran.code).toBe(3);
    expect(ran.err).toContain('\n  prod-eu:checkout/prod/12\n  prod-eu:checkout/staging/3\n');
  });

  test('a file that is not there, is no journal, or is not named', async () => {
    using journal = journalOf([]);
    const missing = await run(explainCommand, 'a/b/1', '--journal', `${journal.path}-none`);
    expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('there is no such file')]);
    writeFileSync(`${journal.path}-text`, 'x'.repeat(5_000));
    const text = await run(explainCommand, 'a/b/1', '--journal', `${journal.path}-text`);
    expect([text.code, text.err]).toEqual([1, expect.stringContaining('it is not a journal')]);
    const unnamed = await run(explainCommand, 'a/b/1');
    expect([unnamed.code, unnamed.err]).toEqual([2, expect.stringContaining('--journal FILE')]);
  });
});
