/**
 * A few whole runs of the daemon as it is shipped, held to every law; `npm run simulate` runs many. Scenarios that broke
 * a law once are in fixtures/ and must break none.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { outcomeOf } from './outcome.ts';
import { draw } from './scenario/draw.ts';
import { scenarioSchema } from './scenario/scenario.ts';
import { wayOf } from './way.ts';

/** Calm and shaken ones, small ones among them. */
const SEEDS = [8, 104, 106, 109];

test.each(SEEDS)('seed %i breaks no law', async (seed) => {
  const { broken, counts } = await outcomeOf(draw(seed));
  expect(broken).toEqual([]);
  // A run in which nothing happens would break no law either.
  expect(counts.deployments).toBeGreaterThan(20);
  expect(counts.stopped).toBeGreaterThan(0);
  expect(counts.untouched).toBeGreaterThan(counts.deployments / 3);
});

test('the same seed takes the same way, also in another process', async () => {
  const script = `
    import { wayOf } from ${JSON.stringify(new URL('./way.ts', import.meta.url).href)};
    process.stdout.write(await wayOf(109));`;
  const theirs = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  expect(theirs).toBe(await wayOf(109));
});

const FIXTURES = new URL('./fixtures/', import.meta.url);

test.each(readdirSync(FIXTURES))('%s, which broke a law once, breaks none', async (file) => {
  const scenario = scenarioSchema.parse(JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8')));
  expect((await outcomeOf(scenario)).broken).toEqual([]);
});
