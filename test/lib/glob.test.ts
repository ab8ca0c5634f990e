/** Globs: what they fit, held against all that a text can be, and the time they take for the worst of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globTest } from '../../src/lib/glob.ts';

describe('a glob', () => {
  it.each([
    ['*', '.', true],
    ['*', '../x', true],
    ['*', '', true],
    ['a**b', 'a/x/b', true],
    ['?', '🚀', true],
    ['?', '/', false],
    ['[🚀-🛰]', '🛰', true],
    ['[!a-c]', 'd', true],
    ['[!a-c]', 'b', false],
    ['[^a]', 'b', true],
    ['[]a]', ']', true],
    ['[a\\]]', ']', true],
    ['[a-]', '-', true],
    ['[a', '[a', true],
    ['{a,b{c,d}}e', 'bde', true],
    ['{a,b{c,d}}e', 'be', false],
    ['{a}', '{a}', true],
    ['{a,{b},c}', '{b}', true],
    ['{a,b', '{a,b', true],
    ['{a,[}]}', '}', true],
    ['{a,\\}}', '}', true],
    ['{,a}b', 'b', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['a\\', 'a\\', true],
    ['(a|b)+', 'a', false],
    ['(a|b)+', '(a|b)+', true],
    ['\\d', '1', false],
    ['{1..9}', '5', false],
  ])('%s and %j: %s', (glob, text, fits) => expect(globTest(glob)(text)).toBe(fits));

  it('of choices, stars and marks says what a regular expression built from them says', () => {
    const part: fc.Arbitrary<readonly [glob: string, pattern: string]> = fc.oneof(
      fc.constantFrom(...['a', 'b', '/', '\n'].map((text) => [text, text] as const)),
      fc.constant(['*', '[^]*'] as const),
      fc.constant(['?', '[^/]'] as const),
      fc.constant(['[ab]', '[ab]'] as const),
      fc.constant(['[!a]', '[^a]'] as const),
      fc.constant(['{a,b*,}', '(?:a|b[^]*|)'] as const),
      fc.constant(['\\*', '\\*'] as const),
    );
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\n', '*'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 7 }), text, (parts, name) => {
        const expected = new RegExp(`^(?:${parts.map(([, pattern]) => pattern).join('')})$`).test(name);
        expect(globTest(parts.map(([glob]) => glob).join(''))(name)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '*a'.repeat(255),
    '*?'.repeat(255),
    '**a'.repeat(170),
    '[!b]*'.repeat(100),
    '{a,a*}'.repeat(85),
    '{*a,*a*a}'.repeat(50),
    '{a,'.repeat(120) + '}'.repeat(120),
    '[a'.repeat(250),
    '(a+)+'.repeat(100),
    '(((((a*)*)*)*)*)*b',
  ])('%s takes no longer for a text made to hold it up', (glob) => {
    const begun = performance.now();
    expect(globTest(`${glob}b`)('a'.repeat(1_024))).toBe(false);
    expect(globTest(`${glob}b`)('a/'.repeat(512))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('takes a text of five million characters', () => {
    const begun = performance.now();
    expect(globTest('*a*b*c*')(`${'a'.repeat(5_000_000)}bc`)).toBe(true);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
