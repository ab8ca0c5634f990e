/** docs/judges.md has a section, a picture and a recipe for every judge, and the pictures are what the kernels draw. */
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { judgePictures } from '../../scripts/pictures/judges.ts';
import { judges } from '../../src/judges/index.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { read } from './documents.ts';

const page = read('docs/judges.md');
const kinds = judges.map(({ kind }) => kind).toSorted();

it('tells of every judge, with a picture', () => {
  for (const kind of kinds) {
    expect(page).toContain(`\n## ${kind}\n\n![`);
    expect(page).toContain(`](judges/${kind}.svg)`);
  }
});

it('shows every judge but threshold, which README shows, in a policy', () => {
  const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  const shown = blocks.flatMap((text) => {
    const example = parse(read('config/watchdog.yaml'));
    const loaded = loadPolicy({ path: 'w.yaml', text: stringify({ ...example, ...parse(text) }) }, {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
    return loaded.config.policies.flatMap(({ rules }) =>
      rules.flatMap((rule) => ('judge' in rule ? rule.judge.kind : [])),
    );
  });
  expect(shown.toSorted()).toEqual(kinds.filter((kind) => kind !== 'threshold'));
});

it('has pictures that `npm run generate` draws', async () => {
  const pictures = await judgePictures();
  expect(Object.keys(pictures).toSorted()).toEqual(kinds);
  for (const [kind, picture] of Object.entries(pictures)) expect(read(`docs/judges/${kind}.svg`)).toBe(picture);
});
