/** Every fault a policy file may have, by fixture: the whole list of errors, as a person reads it. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the policy file writes references so
import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { formatPolicyErrors } from '../../src/policy/error.ts';
import { loadPolicy } from '../../src/policy/load.ts';

const FIXTURES = new URL('./fixtures/', import.meta.url);
const ENV = { PORT: '9464', REGION: 'eu-west-1', SECRET_VALUE: 'hunter2hunter2' };
const example = readFileSync(new URL('../../config/watchdog.yaml', import.meta.url), 'utf8');

const load = (text: string | Uint8Array, env: Record<string, string> = {}) =>
  loadPolicy({ path: 'watchdog.yaml', text }, env);

/** The config of a text that must be good. */
function good(text: string, env: Record<string, string> = {}) {
  const loaded = load(text, env);
  if (!loaded.ok) throw new Error(formatPolicyErrors(loaded.errors));
  return loaded.config;
}

describe('a faulty policy file', () => {
  const fixtures = readdirSync(FIXTURES).filter((name) => name.endsWith('.yaml'));

  it('is covered by at least thirty faults', () => expect(fixtures.length).toBeGreaterThanOrEqual(30));

  it.each(fixtures)('%s tells every error with its place', async (name) => {
    const loaded = loadPolicy({ path: name, text: readFileSync(new URL(name, FIXTURES)) }, ENV);
    const told = loaded.ok ? 'no error' : formatPolicyErrors(loaded.errors);
    expect(loaded.ok).toBe(false);
    expect(told).not.toContain(ENV.SECRET_VALUE);
    await expect(`${told}\n`).toMatchFileSnapshot(`./golden/${name.replace(/yaml$/, 'txt')}`);
  });

  it('is refused above one mebibyte, before it is read', () => {
    const loaded = load('#'.repeat(1_048_577));
    expect(loaded.ok ? [] : loaded.errors.map((error) => error.found)).toEqual(['1048577 bytes']);
  });

  it.each([nested(200), nested(100_000)])('is refused when flow nesting is far too deep', (text) => {
    const loaded = load(text);
    expect(loaded.ok ? '' : loaded.errors[0]?.expected).toBe('at most 40 levels');
  });
});

function nested(levels: number): string {
  return `version: ${'['.repeat(levels)}${']'.repeat(levels)}\n`;
}

describe('a good policy file', () => {
  it('gives typed data with the documented defaults', async () => {
    await expect(`${JSON.stringify(good(example), null, 2)}\n`).toMatchFileSnapshot('./golden/watchdog.json');
  });

  it('has the digest sha256sum prints', () => {
    const loaded = load('version: 1\ntargets: [{ region: eu-west-1 }]\n');
    expect(loaded.ok).toBe(false);
    const fine = load(example);
    expect(fine.ok && fine.digest).toMatch(/^[0-9a-f]{64}$/);
    const bytes = load(Buffer.from(example));
    expect(bytes.ok && fine.ok && bytes.digest === fine.digest).toBe(true);
  });

  it('names targets by region, or by account and region, and takes the account from the role', () => {
    const role = '{ arn: "arn:aws:iam::111122223333:role/watchdog", externalId: "${EXTERNAL_ID}" }';
    const text = example.replace(
      '- region: eu-west-1',
      `- region: eu-west-1\n  - region: us-east-1\n    assumeRole: ${role}`,
    );
    const { targets } = good(text, { EXTERNAL_ID: 'hunter2' });
    expect(targets.map((target) => target.name)).toEqual(['eu-west-1', '111122223333-us-east-1']);
    expect(targets[1]?.account).toBe('111122223333');
    expect(targets[1]?.assumeRole?.externalId?.reveal()).toBe('hunter2');
    for (const shown of [
      JSON.stringify(targets),
      inspect(targets, { depth: 9 }),
      `${targets[1]?.assumeRole?.externalId}`,
    ]) {
      expect(shown).not.toContain('hunter2');
      expect(shown).toContain('[redacted]');
    }
  });

  it.each([
    [
      'all',
      {
        kind: 'all',
        of: [
          { kind: 'rule', rule: 'error-rate' },
          { kind: 'rule', rule: 'pager' },
        ],
      },
    ],
    [
      '{ atLeast: 2 }',
      {
        kind: 'atLeast',
        count: 2,
        of: [
          { kind: 'rule', rule: 'error-rate' },
          { kind: 'rule', rule: 'pager' },
        ],
      },
    ],
    [
      '{ any: [pager, { all: [error-rate, pager] }] }',
      {
        kind: 'any',
        of: [
          { kind: 'rule', rule: 'pager' },
          {
            kind: 'all',
            of: [
              { kind: 'rule', rule: 'error-rate' },
              { kind: 'rule', rule: 'pager' },
            ],
          },
        ],
      },
    ],
  ])('reads stopWhen: %s', (written, meant) => {
    expect(good(example.replace('stopWhen: any', `stopWhen: ${written}`)).policies[0]?.stopWhen).toEqual(meant);
  });

  it('escapes a reference with two dollars', () => {
    const text = example.replace('application: checkout', () => 'application: "$${A}${B}", description: "x${B}y"');
    const match = good(text, { B: 'b' }).policies[0]?.match;
    expect(match?.application).toEqual(['${A}b']);
    expect(match?.description).toBe('xby');
  });

  it('does not read a reference inside a value from the environment', () => {
    const text = example.replace('application: checkout', 'application: "${A}"');
    expect(good(text, { A: '${B}', B: 'b' }).policies[0]?.match.application).toEqual(['${B}']);
  });
});

describe('whatever stands in a file', () => {
  const told = (text: string | Uint8Array) => {
    const loaded = load(text);
    if (loaded.ok) return;
    expect(loaded.errors.length).toBeGreaterThan(0);
    for (const error of loaded.errors) {
      expect(error.line).toBeGreaterThanOrEqual(1);
      expect(error.column).toBeGreaterThanOrEqual(1);
      expect(error.message).toContain(error.expected);
    }
  };

  it('arbitrary text is told, never thrown', () => fc.assert(fc.property(fc.string({ unit: 'binary' }), told)));
  it('arbitrary bytes are told, never thrown', () => fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), told)));
  it('arbitrary YAML is told, never thrown', () => {
    const keys = fc.constantFrom(
      'version',
      'targets',
      'policies',
      'match',
      'rules',
      'source',
      'kind',
      '__proto__',
      'x',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 6 }, fc.constantFrom(1, 'any', true, null, '', '${A}', 90.5), tie('list'), tie('map')),
      list: fc.array(tie('tree'), { maxLength: 4 }),
      map: fc.dictionary(keys, tie('tree'), { maxKeys: 6 }),
    }));
    fc.assert(fc.property(tree, (value) => told(stringify(value))));
  });
  it('a good file with one piece cut out or doubled is told or read, never thrown', () => {
    const cut = fc.tuple(fc.nat(example.length), fc.nat(60), fc.boolean());
    fc.assert(
      fc.property(cut, ([from, length, twice]) => {
        const piece = example.slice(from, from + length);
        told(example.slice(0, from) + (twice ? piece + piece : '') + example.slice(from + length));
      }),
      { numRuns: 150 },
    );
  });
});
