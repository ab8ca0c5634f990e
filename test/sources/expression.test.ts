/** Metric math as far as the program reads it: names, reach, and putting other names in. */
import fc from 'fast-check';
import jsep from 'jsep';
import { expect, test } from 'vitest';
import { parseExpression, renamed } from '../../src/sources/cloudwatch/expression.ts';

function math(text: string) {
  const parsed = parseExpression(text);
  if (!parsed.ok || parsed.expression.kind !== 'math') throw new Error(`not metric math: ${text}`);
  return parsed.expression;
}

test.each([
  ['errors / requests', 'points'],
  ['FILL(errors, 0) / requests', 'points'],
  ['FILL(errors, -1)', 'points'],
  ['FILL(errors, REPEAT)', 'whole'],
  ['SUM([errors, requests])', 'points'],
  ['SUM(METRICS())', 'points'],
  ['errors / AVG(errors)', 'whole'],
  ['RATE(errors)', 'whole'],
  ['TOMORROW(errors)', 'whole'],
  ['IF(errors > 3, errors, 0)', 'points'],
])('%s reaches over %s', (text, reach) => {
  expect(math(text).reach).toBe(reach);
});

test('names and functions are found once each, keywords are no names', () => {
  const { names, functions } = math(`IF(a > b AND a > 1e5, FILL(a, LINEAR), SUM([b, c]))`);
  expect(names).toEqual(['a', 'b', 'c']);
  expect(functions).toEqual(['IF', 'FILL', 'SUM']);
});

test('only names are replaced: not functions, numbers, strings or longer names', () => {
  const names = new Map([
    ['e', 'm0'],
    ['e5', 'm1'],
  ]);
  const text = `FILL(e, 1e5) + e5 + SUM(SEARCH('{e} "e"', "e", 60)) + ee`;
  expect(renamed(text, (name) => names.get(name))).toBe(`FILL(m0, 1e5) + m1 + SUM(SEARCH('{e} "e"', "e", 60)) + ee`);
});

test('names that change places do not run into each other', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(names, (list) => {
      const rotated = [...list.slice(1), ...list.slice(0, 1)];
      const map = new Map(list.map((name, index) => [name, rotated[index] ?? '']));
      expect(math(renamed(list.join(' + '), (name) => map.get(name))).names).toEqual(rotated);
    }),
  );
});

test('arbitrary text never throws, and the parser of everyone else stays as it was', () => {
  const before = JSON.stringify([jsep.binary_ops, Object.keys(jsep.unary_ops), jsep.literals]);
  fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => void parseExpression(text)));
  expect(JSON.stringify([jsep.binary_ops, Object.keys(jsep.unary_ops), jsep.literals])).toBe(before);
});
