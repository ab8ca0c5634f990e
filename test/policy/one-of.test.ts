import { expect, test } from 'vitest';
import { hooks } from '../../src/hooks/index.ts';
import { judges } from '../../src/judges/index.ts';
import { notifiers } from '../../src/notifiers/index.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { sources } from '../../src/sources/index.ts';
import { triggers } from '../../src/triggers/index.ts';

test.each([...sources, ...judges, ...triggers, ...hooks, ...notifiers])(
  'the options of $kind are built once, and are of that kind',
  ({ kind, options }) => {
    expect(options()).toBe(options());
    expect(options().shape.kind.values).toEqual(new Set([kind]));
  },
);

/** Two values of a file that are one object, as YAML's aliases make them. */
test('a mistake behind an alias is told wherever it stands', () => {
  const text = `version: 1
targets: [{ region: eu-west-1 }]
policies:
  - name: all
    match: { application: "*", environment: "*" }
    mode: observe
    rules:
      - name: one
        source: &same { kind: cloudwatch, period: 7s, metrics: { errors: { namespace: Shop, metric: Errors, stat: Sum } } }
        judge: { kind: threshold, above: 1 }
      - name: two
        source: *same
        judge: { kind: threshold, above: 1 }
`;
  const loaded = loadPolicy({ path: 'p.yaml', text }, {});
  const told = loaded.ok ? [] : loaded.errors.map((error) => error.message);
  expect(told.map((line) => line.replace(/:\d+:\d+/, ''))).toEqual(
    [0, 1].map((rule) =>
      expect.stringMatching(new RegExp(`^p.yaml: policies\\[0\\]\\.rules\\[${rule}\\]\\.source\\.period: `)),
    ),
  );
});
