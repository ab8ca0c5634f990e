/** Policy files made to do harm: each is refused or read within seconds, with a place, in lines that are safe to print. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the policy file writes references so
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPolicyErrors } from '../../src/policy/error.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { HOSTILE_TEXT, printsHarmlessly } from './support/texts.ts';

const example = readFileSync(new URL('../../config/watchdog.yaml', import.meta.url), 'utf8');
/** Real milliseconds, for a slow machine with much else to do: while a file is read nothing is watched. */
const AT_MOST = 6_000;

function told(text: string | Uint8Array): string {
  const begun = performance.now();
  const loaded = loadPolicy({ path: 'watchdog.yaml', text }, {});
  expect(performance.now() - begun).toBeLessThan(AT_MOST);
  if (loaded.ok) return 'no error';
  for (const { line, column, message } of loaded.errors) {
    expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
    expect(message).toMatch(/^watchdog\.yaml:\d+:\d+: /);
    expect(message.length).toBeLessThan(2_100);
    expect(printsHarmlessly(message)).toBe(true);
  }
  expect(loaded.errors.length).toBeLessThanOrEqual(101);
  return formatPolicyErrors(loaded.errors);
}

const METRICS = { m: { namespace: 'N', metric: 'M', stat: 'Sum' } };

function rule(expression: string, judge: object = {}): object {
  return {
    name: 'r',
    source: { kind: 'cloudwatch', period: '60s', metrics: METRICS, expression },
    judge: { kind: 'threshold', above: 1, breaching: '1 of 1', ...judge },
  };
}

/** A file that is good but for what is changed. YAML takes JSON. */
function file(policy: object = {}, top: object = {}): string {
  const match = { application: 'a', environment: 'e' };
  const good = { name: 'p', match, mode: 'enforce', rules: [rule('m')], ...policy };
  return JSON.stringify({ version: 1, targets: [{ region: 'eu-west-1' }], policies: [good], ...top });
}

const nested = (open: string, middle: string, close: string, levels: number) =>
  `${open.repeat(levels)}${middle}${close.repeat(levels)}`;

/** Each alias stands for ten of the one before. */
function laughs(): string {
  const names = [...'abcdefghij'];
  const lines = names.map((name, index) => {
    const inside = Array(10).fill(index === 0 ? 'lol' : `*${names[index - 1]}`);
    return `${name}: &${name} [${inside.join(', ')}]`;
  });
  return lines.join('\n');
}

describe('a policy file', () => {
  it.each<[what: string, text: string | Uint8Array, says: string]>([
    ['a billion laughs', laughs(), 'watchdog.yaml:2:12: c[8][1]: expected at most 100 aliases, found more'],
    ['an alias of its own list', 'a: &a [*a]\n', 'a[0][0]: expected at most 40 levels'],
    ['an alias of its own map', 'version: &x {a: *x}\n', 'version.a.a: expected at most 40 levels'],
    ['an alias as the key it stands in', '&a a: *a\n', 'the unknown key a'],
    ['150,000 aliases', `- &a x\n${'- *a\n'.repeat(150_000)}`, 'expected at most'],
    ['10,000 maps in each other', nested('{a: ', '1', '}', 10_000), 'expected at most 40 levels'],
    ['a million open lists', '['.repeat(1_000_000), 'expected at most 40 levels'],
    [
      '2,000 levels of indentation',
      Array.from({ length: 1_400 }, (_, at) => `${' '.repeat(at)}a:`)
        .join('\n')
        .slice(0, 900_000),
      'expected at most 40 levels',
    ],
    ['400,000 lists on one line', '- '.repeat(400_000), 'expected at most 400000 words and signs'],
    ['400,000 question marks', '? '.repeat(400_000), 'expected at most 400000 words and signs'],
    ['900,000 commas', `[${','.repeat(900_000)}`, 'expected at most 400000 words and signs'],
    ['300,000 stars', '*a '.repeat(300_000), 'expected at most 400000 words and signs'],
    ['100,000 directives', '%a b\n'.repeat(100_000), 'watchdog.yaml:1:1: expected valid YAML'],
    [
      '400,000 broken escapes',
      `"${'\\x'.repeat(400_000)}`,
      'watchdog.yaml:1:1: expected at most 65536 characters in one value',
    ],
    ['30,000 broken escapes', `"${'\\x'.repeat(30_000)}`, 'watchdog.yaml:1:2: expected valid YAML'],
    ['a key twice', `${example}version: 1\n`, 'version: expected each key once in a map'],
    ['a key 1,000 times over', `${example}${'version: 1\n'.repeat(1_000)}`, 'and 900 more errors from here on'],
    ['a merge key', `x: &x { version: 1 }\n<<: *x\n`, 'the unknown key <<'],
    ['a tag that runs code elsewhere', 'version: !!js/function "x"\n', 'watchdog.yaml:1:10: expected a plain value'],
    ['a tag of its own', 'version: !mine 1\n', 'watchdog.yaml:1:10: expected a plain value'],
    ['binary in a tag', 'version: !!binary aGVsbG8=\n', 'expected 1, the version of this format'],
    ['a tab before a key', 'version: 1\n\ttargets: []\n', 'watchdog.yaml:2:1: expected spaces as indentation'],
    ['UTF-16', Buffer.from(`\ufeff${example}`, 'utf16le'), 'watchdog.yaml:1:1: expected text in UTF-8'],
    ['UTF-16, the other way round', Buffer.from(`\ufeff${example}`, 'utf16le').swap16(), 'expected text in UTF-8'],
    ['UTF-32', Buffer.from([...example].flatMap((one) => [one.charCodeAt(0), 0, 0, 0])), 'found a NUL character'],
    [
      'bytes of all kinds',
      Uint8Array.from({ length: 9_999 }, (_, at) => (at * 2_654_435) >>> 5),
      'expected text in UTF-8',
    ],
    ['50 MB', new Uint8Array(50_000_000).fill(0x61), 'found 50000000 bytes'],
    ['a BOM', Buffer.from(`\ufeff${example}`), 'no error'],
    [
      'no end of a line',
      `version: ${'v'.repeat(900_000)}\n`,
      'watchdog.yaml:1:10: expected at most 65536 characters in one value',
    ],
    ['a key of 900,000 characters', `"${'k'.repeat(900_000)}": 1\n`, 'watchdog.yaml:1:1'],
    ['20,000 unknown keys', Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join('\n'), '20003 errors'],
    ['5,000 empty rules', file({ rules: Array(5_000).fill({}) }), 'policies[0].rules[99]'],
    ['10,000 policies', file({}, { policies: Array(10_000).fill({ name: 'p' }) }), 'expected'],
  ])('of %s', (_, text, says) => expect(told(text)).toContain(says));

  it('with a thousand policies is read', () => {
    const policies = Array.from({ length: 1_000 }, (_, at) => ({
      ...{ name: `p${at}`, match: { application: `app-${at}`, environment: '*' }, mode: 'enforce', rules: [rule('m')] },
    }));
    expect(told(file({}, { policies }))).toBe('no error');
  });

  it('that misspells 5,000 of 2,000 targets says so at once, and names but a few of them', () => {
    const targets = Array.from({ length: 2_000 }, (_, at) => ({
      name: `t${at}`,
      region: 'eu-west-1',
      account: String(100_000_000_000 + at),
    }));
    const match = { application: 'a', environment: 'e', targets: Array.from({ length: 5_000 }, (_, at) => `tt${at}`) };
    expect(told(file({ match }, { targets }))).toContain('… (2000 in all)');
  });
});

describe('a value in a policy file', () => {
  it.each<[what: string, text: string, says: string]>([
    [
      'an expression 10,000 brackets deep',
      file({ rules: [rule(nested('(', 'm', ')', 10_000))] }),
      'rules[0].source.expression: expected at most 2048 characters',
    ],
    ['an expression 1,000 brackets deep', file({ rules: [rule(nested('(', 'm', ')', 1_000))] }), 'no error'],
    ['an expression of 2,000 signs', file({ rules: [rule(`${'-'.repeat(2_000)}m`)] }), 'no error'],
    [
      'an expression of 60,000 signs',
      file({ rules: [rule(`${'-'.repeat(60_000)}m`)] }),
      'expected at most 2048 characters',
    ],
    [
      'an expression of 30,000 sums',
      file({ rules: [rule(Array(30_000).fill('m').join('+'))] }),
      'expected at most 2048 characters',
    ],
    [
      'an expression that never ends its quotes',
      file({ rules: [rule(`"${'\\'.repeat(30_000)}`)] }),
      'expected at most 2048 characters',
    ],
    [
      'conditions 2,000 deep',
      file().replace('"mode"', `"stopWhen":${nested('{"any":[', '"r"', ']}', 2_000)},"mode"`),
      'expected at most 40 levels',
    ],
    ['20,000 rules that are not there', file({ stopWhen: { any: Array(20_000).fill('nope') } }), '20000 errors'],
    [
      'a bound above all numbers',
      example.replace('above: 1', 'above: 1e400'),
      'judge.above: expected a number, found 1e400',
    ],
    [
      'a bound that is no number',
      example.replace('above: 1', 'above: .nan'),
      'judge.above: expected a number, found .nan',
    ],
    [
      'M of N without end',
      file({ rules: [rule('m', { breaching: '99999999 of 99999999' })] }),
      'judge.breaching: expected "M of N"',
    ],
    [
      'a duration above all numbers',
      file({ verify: { for: `${'9'.repeat(400)}d` } }),
      'verify.for: expected a duration of at most 3650d',
    ],
    [
      'a duration beyond all dates',
      file({}, { journal: { retention: '9999999999999d' } }),
      'journal.retention: expected a duration of at most 3650d',
    ],
    [
      'a schedule of a thousand million seconds',
      file({}, { poll: '0-999999999 * * * * *' }),
      'poll: expected a cron expression',
    ],
    [
      'a schedule of 15,000 seconds',
      file({}, { poll: `${Array(15_000).fill('100').join()} * * * * *` }),
      'poll: expected a cron expression',
    ],
    [
      'a glob of 60,000 characters',
      file({ match: { application: 'a'.repeat(60_000), environment: 'e' } }),
      'expected a glob of at most 512 characters',
    ],
    [
      '30,000 references that never end',
      file({ match: { application: '${'.repeat(30_000), environment: 'e' } }),
      'expected a closing }',
    ],
    [
      'a role without end',
      file({}, { targets: [{ region: 'eu-west-1', assumeRole: { arn: `arn:aws${'a-'.repeat(30_000)}` } }] }),
      'expected the ARN of a role',
    ],
    ['a region without end', file({}, { targets: [{ region: `${'a-'.repeat(30_000)}!` }] }), 'expected a region'],
  ])('such as %s', (_, text, says) => expect(told(text)).toContain(says));

  it.each(['__proto__', 'constructor', 'prototype'])('the key %s is refused by name, wherever it stands', (key) => {
    for (const text of [`${key}: 1\n`, `version: 1\npolicies:\n  - match: { tags: { ${key}: x } }\n`]) {
      expect(told(text)).toContain(`found the key ${key}`);
    }
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  it('names that every object has are names like any other', () => {
    const policies = ['toString', 'hasOwnProperty', 'valueOf', 'constructor', 'isPrototypeOf'].map((name) => ({
      name,
      match: { application: name, environment: name, tags: { toString: 'x', valueOf: '*' } },
      mode: 'enforce',
      rules: ['toString', 'constructor'].map((inner) => ({
        name: inner,
        source: {
          ...{ kind: 'cloudwatch', period: '60s', expression: 'toString / valueOf' },
          metrics: {
            toString: { namespace: 'N', metric: 'M', stat: 'Sum', dimensions: { hasOwnProperty: 'valueOf' } },
            valueOf: { namespace: 'N', metric: 'K', stat: 'Sum' },
          },
        },
        judge: { kind: 'threshold', above: 1 },
      })),
      stopWhen: { all: ['toString', 'constructor'] },
    }));
    const loaded = loadPolicy({ path: 'watchdog.yaml', text: file({}, { policies }) }, {});
    expect(loaded.ok ? '' : formatPolicyErrors(loaded.errors)).toBe('');
    const first = loaded.ok ? loaded.config.policies[0] : undefined;
    expect(Object.keys(first?.match.tags ?? {})).toEqual(['toString', 'valueOf']);
    const lacking = file({ rules: [rule('hasOwnProperty')] });
    expect(told(lacking)).toContain('expression names "hasOwnProperty", which is not in metrics (m)');
  });
});

describe('hostile text', () => {
  it.each(Object.entries(HOSTILE_TEXT))('%s is told without harm wherever it stands', (_, text) => {
    const quoted = JSON.stringify(text);
    const raw = text.replace(/[\0\n\r\ud800-\udfff]/gu, '');
    for (const written of [quoted, raw]) {
      told(`${written}: 1\n`);
      told(`version: ${written}\n`);
      told(`version: 1\npolicies: [{ name: ${written}, mode: ${written}, ${written}: 1 }]\n`);
      told(`a: &a 1\nb: *${raw.replace(/[\s,[\]{}]/gu, '')}\n`);
    }
    told(file({ rules: [rule(text)], match: { application: text, environment: 'e', tags: { [text]: text } } }));
  });

  const piece = fc.oneof(
    fc.constantFrom(...Object.values(HOSTILE_TEXT).map((text) => text.slice(0, 300))),
    fc.constantFrom(
      '&a ',
      '*a',
      '<<: ',
      '!!x ',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '- ',
      '\n',
      '  ',
      '\t',
      '"',
      "'",
      '|',
      '>',
      '? ',
      '%',
      '---',
      '${',
    ),
  );
  it('put anywhere into a good file is told or read, never thrown', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(example.length), piece), { maxLength: 6 }), (pieces) => {
        told(pieces.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at), example));
      }),
      { numRuns: 300 },
    ));
});
