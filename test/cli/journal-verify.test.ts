import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { explainCommand } from '../../src/cli/explain.ts';
import { journalCommand } from '../../src/cli/journal.ts';
import { read } from '../docs/documents.ts';
import { STORY } from '../journal/events.ts';
import { journalOf, run, runIn } from './explain-status-io.ts';

function tamper(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

test('a sound journal: says so, with the head to note', async () => {
  using journal = journalOf(STORY);
  const ran = await run(journalCommand, 'verify', journal.path);
  expect(ran.code).toBe(0);
  expect(ran.out).toMatch(/sound, 20 records\nhead [0-9a-f]{64}\nRecords cut off at the end cannot be seen/);
  const { head } = JSON.parse((await run(journalCommand, 'verify', journal.path, '--json')).out);
  tamper(journal.path, 'DELETE FROM record WHERE seq > 14');
  expect((await run(journalCommand, 'verify', journal.path)).code).toBe(0);
  const cut = await run(journalCommand, 'verify', journal.path, '--head', head);
  expect([cut.code, cut.out]).toEqual([1, expect.stringContaining('cut off')]);
});

test('an altered record: exit code 1 and which one', async () => {
  using journal = journalOf(STORY);
  tamper(journal.path, `UPDATE record SET at = 0 WHERE seq = 3`);
  const ran = await run(journalCommand, 'verify', journal.path);
  expect([ran.code, ran.out]).toEqual([1, expect.stringContaining('NOT SOUND at record 3')]);
  expect(JSON.parse((await run(journalCommand, 'verify', journal.path, '--json')).out)).toMatchObject({
    ok: false,
    at: 3,
  });
});

test('without an argument: the journal of the policy file that the environment names', async () => {
  using journal = journalOf(STORY);
  const config = `${journal.path}.yaml`;
  writeFileSync(config, read('config/watchdog.yaml').replace('/var/lib/appconfig-watchdog/journal.db', journal.path));
  const env = { APPCONFIG_WATCHDOG_CONFIG: config };
  expect(await runIn(env, journalCommand, 'verify')).toMatchObject({ code: 0, err: '' });
  expect(await runIn(env, explainCommand, 'a/b/1')).toMatchObject({ code: 3, err: expect.stringContaining('a/b/1') });
  const none = await run(journalCommand, 'verify');
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('which journal?')]);
});
