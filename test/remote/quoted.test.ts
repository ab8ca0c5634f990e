/** Places in quoted strings: no value gets out of the string it stands in, whatever it holds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { perDeployment } from '../../src/remote/per-deployment.ts';
import { fillQuoted, quotedProblem } from '../../src/remote/quoted.ts';
import { JSON_PATH } from '../../src/sources/http/options.ts';
import { NRQL, nrqlProblem } from '../../src/sources/newrelic/nrql.ts';
import { PROMQL } from '../../src/sources/prometheus/promql.ts';
import { deploymentAt } from '../support/deployment.ts';

const named = (name: string) => deploymentAt(0, { application: { id: 'app1234', name } });
const PLACE = '{{deployment.application}}';

/** Where the string that begins at the first quote ends, read as the language reads it. */
function insideOf(text: string, quote: string): string {
  const start = text.indexOf(quote) + 1;
  let at = start;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  expect(text.slice(at)).toBe(`${quote}} end`);
  return text.slice(start, at);
}

/** What the inside of a string means; fails for an escape that the languages do not have in common. */
function unescaped(inside: string, quote: string): string {
  return inside.replace(/\\(u[0-9a-f]{4}|.)/gsu, (_, short: string) => {
    if (short.length === 5) return String.fromCharCode(Number.parseInt(short.slice(1), 16));
    expect([quote, '\\']).toContain(short);
    return short;
  });
}

describe('whatever a name holds', () => {
  const awkward = fc.string({ unit: fc.constantFrom(...`"'\`\\{}()|.*$^+?[]-\n\u0000a`), maxLength: 12 });
  const anything = fc.oneof(fc.string({ unit: 'binary' }), awkward);
  test.each([
    ['PromQL, matched', PROMQL, `m{a="${PLACE}"} end`, '"'],
    ['PromQL, single quotes', PROMQL, `m{a='${PLACE}'} end`, "'"],
    ['PromQL, a regular expression', PROMQL, `m{a=~"${PLACE}"} end`, '"'],
    ['NRQL', NRQL, `SELECT x FROM {a='${PLACE}'} end`, "'"],
    ['JSONPath', JSON_PATH, `$[?@.a=="${PLACE}"} end`, '"'],
  ])('%s: it stays inside its string, and means itself', (_, language, text, quote) => {
    expect(quotedProblem(text, language)).toBeUndefined();
    fc.assert(
      fc.property(anything, (name) => {
        const inside = insideOf(fillQuoted(text, named(name), language), quote);
        expect(inside).not.toMatch(/\p{Cc}/u);
        const meant = unescaped(inside, quote);
        if (!text.includes('=~')) expect(meant).toBe(name);
        else expect(new RegExp(`^(?:${meant})$`, 's').test(name)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  [PROMQL, `sum(${PLACE})`, 'only inside a string of PromQL'],
  [PROMQL, `m{a="x"} # ${PLACE}`, 'only inside a string'],
  [PROMQL, `m{a=\`${PLACE}\`}`, 'nothing can be escaped between `'],
  [PROMQL, `m{a="\\"${PLACE}"}`, undefined],
  [PROMQL, `m{a="\\\\"} + ${PLACE}`, 'only inside a string'],
  [PROMQL, 'm{a="{{deployment.app}}"}', 'is no place for a value'],
  [NRQL, `SELECT \`${PLACE}\` FROM x`, 'nothing can be escaped'],
  [NRQL, `SELECT x FROM y WHERE a LIKE '%${PLACE}'`, 'not behind LIKE'],
  [NRQL, `SELECT x FROM y WHERE a rlike ( '${PLACE}'`, 'not behind LIKE or RLIKE'],
])('%# %o', (language, text, problem) => {
  const told = quotedProblem(text, language);
  if (problem === undefined) expect(told).toBeUndefined();
  else expect(told).toContain(problem);
});

test('NRQL that speaks of time itself is refused, and words in strings are not taken for it', () => {
  expect(nrqlProblem("SELECT count(*) FROM Log WHERE m = 'since until timeseries'")).toBeUndefined();
  expect(nrqlProblem('SELECT count(*) FROM Log timeseries 1 minute')).toContain('TIMESERIES');
  expect(nrqlProblem('SELECT count(*) FROM Log COMPARE WITH 1 week ago')).toContain('COMPARE WITH');
});

test('equal parts are one object, and what has no places is itself; what is remembered is bounded', () => {
  const fill = perDeployment<{ readonly text: string; readonly other: number }>(({ text }, { application }) =>
    text === 'plain' ? undefined : { text: `${text} ${application.name}` },
  );
  const plain = { text: 'plain', other: 1 };
  expect(fill(plain, named('a'))).toBe(plain);
  const query = { text: 'of', other: 1 };
  const first = fill(query, named('a'));
  expect(first).toEqual({ text: 'of a', other: 1 });
  expect(fill(query, { ...named('a') })).toBe(first);
  expect(fill({ ...query }, named('a'))).not.toBe(first);
  for (let index = 0; index < 1_000; index++) fill(query, named(`n${index}`));
  expect(fill(query, named('a'))).toEqual(first);
  expect(fill(query, named('a'))).not.toBe(first);
});
