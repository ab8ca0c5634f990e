/** What the documents say is so: their YAML loads, their commands and flags exist, what they print is printed. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { VOCABULARY } from '../../src/log/vocabulary.ts';
import { formatPolicyErrors } from '../../src/policy/error.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { brokenLinks, commandsIn, documents, read } from './documents.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ALL = documents();
const README = ALL.find(({ path }) => path === 'README.md');
const EXAMPLE = read('config/watchdog.yaml');

/** Both streams of a command that ends with 0. */
async function output(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, NO_COLOR: '1' };
  return promisify(execFile)(process.execPath, [MAIN, ...args], { cwd: ROOT, env, timeout: 30_000 });
}

/** The only one of a kind; fails when there is none or are several. */
function only<Item>(items: readonly Item[]): Item {
  const [first] = items;
  if (first === undefined || items.length !== 1) throw new Error(`expected one, found ${items.length}`);
  return first;
}

const readmeBlocks = (language: string) => README?.blocks.filter((block) => block.language === language) ?? [];

describe('YAML in the documents', () => {
  const yaml = ALL.flatMap(({ path, blocks }) =>
    blocks.filter(({ language }) => language === 'yaml').map(({ text }) => ({ path, text })),
  );

  it('is there', () => expect(yaml.length).toBeGreaterThanOrEqual(3));

  it.each(yaml)('of $path loads: $text', ({ path, text }) => {
    // A piece is read as it would stand in the example.
    const whole = /^version:/m.test(text) ? text : stringify({ ...parse(EXAMPLE), ...parse(text) });
    const env = Object.fromEntries(
      [...whole.matchAll(/[^$]\$\{(\w+)\}/g)].map(([, name = '']) => [
        name,
        name.endsWith('_URL') ? 'https://from-the-environment.example' : 'a-value-of-this-test',
      ]),
    );
    const loaded = loadPolicy({ path, text: whole }, env);
    expect(loaded.ok ? '' : formatPolicyErrors(loaded.errors)).toBe('');
  });

  it('shows config/watchdog.yaml in README as it is', () => {
    const shown = readmeBlocks('yaml').map(({ text }) => text);
    expect(shown).toContain(EXAMPLE.slice(EXAMPLE.indexOf('version: 1')));
  });
});

describe('what README prints', () => {
  it('is what iam-policy prints', async () => {
    const { stdout } = await output('iam-policy', '--config', 'config/watchdog.yaml');
    expect(only(readmeBlocks('json')).text).toBe(stdout);
  });

  it('is what check prints', async () => {
    const { stdout } = await output('check', 'config/watchdog.yaml');
    expect(readmeBlocks('text').map(({ text }) => text)).toContain(stdout);
  });
});

describe('commands in the documents', () => {
  const said = ALL.flatMap((document) => commandsIn(document).map((command) => ({ path: document.path, command })));
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
  const OURS =
    /(?:^|\s)(?:appconfig-watchdog|(?:npx )?node (?:src\/main\.ts|dist\/main\.js|\/app\/dist\/main\.js)) (.+)$/;

  it('are scripts of package.json where npm runs them', () => {
    const named = said.flatMap(({ command }) =>
      [...command.matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map(([, one]) => one),
    );
    const known = new Set([...Object.keys(scripts), 'ci', 'pack']);
    expect(named.filter((one) => one !== undefined && !known.has(one))).toEqual([]);
    expect(named).toEqual(expect.arrayContaining(['ci', 'demo', 'test', 'build']));
  });

  it('have the subcommands and flags that --help names', async () => {
    const calls = said.flatMap(({ path, command }) => {
      const words = OURS.exec(command)?.[1]?.split(/\s+/);
      return words?.[0] !== undefined && /^[a-z]/.test(words[0]) ? [{ path, words }] : [];
    });
    const { stdout: overview } = await output('--help');
    const known = new Set([...overview.matchAll(/^ {2}([a-z][a-z-]*)\b/gm)].map(([, name]) => name));
    const called = [...new Set(calls.map(({ words }) => words[0] ?? ''))];
    expect(called.filter((name) => !known.has(name))).toEqual([]);
    expect(called.length).toBeGreaterThan(8);
    const helps = new Map<string, string>();
    for (const name of called) {
      const deeper = { journal: ['journal', 'verify'], notify: ['notify', 'test'] }[name] ?? [name];
      helps.set(name, (await output(...deeper, '--help')).stdout);
    }
    const unknown = calls.flatMap(({ path, words: [name = '', ...rest] }) =>
      rest
        .flatMap((word) => /^--[a-z-]+/.exec(word)?.[0] ?? [])
        .filter((flag) => !new RegExp(`${flag}\\b`).test(helps.get(name) ?? ''))
        .map((flag) => `${path}: ${name} ${flag}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are all in the table of README, and no others', async () => {
    const { stdout } = await output('--help');
    const names = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)\b/gm)].map(([, name = '']) => name);
    const table = [...(README?.text ?? '').matchAll(/^\| `([a-z-]+)(?: [a-z]+)?` \|/gm)].map(([, name = '']) => name);
    expect(table.toSorted()).toEqual(names.filter((name) => name !== 'help').toSorted());
  });

  it('end with the exit codes README lists', () => {
    const rows = [...(README?.text ?? '').matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(Object.values(EXIT));
  });
});

describe('names in the documents', () => {
  it.each(ALL)('$path links to what exists', (document) => expect(brokenLinks(document)).toEqual([]));

  it('of metrics are metrics', () => {
    const metrics = new Set(read('docs/metrics.md').match(/appconfig_watchdog_\w+/g));
    const named = ALL.flatMap(({ text }) => text.match(/appconfig_watchdog_\w+/g) ?? []);
    expect([...new Set(named)].filter((name) => !metrics.has(name))).toEqual([]);
  });

  it('of events in docs/operations.md are events, and every critical one is explained', () => {
    const operations = read('docs/operations.md');
    const explained = [...operations.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name);
    // Not an event: the line of a daemon that never came to be.
    expect(explained.filter((name) => name !== 'start-failed' && !Object.hasOwn(VOCABULARY, name))).toEqual([]);
    const page = read('docs/log-vocabulary.md');
    const critical = [...page.matchAll(/^\| \[([a-z-]+)\][^|]*\| \w+, critical \|/gm)].map(([, name = '']) => name);
    expect(critical.length).toBeGreaterThan(5);
    expect(critical.filter((name) => !explained.includes(name))).toEqual([]);
  });

  it('hold no address of the machine they were written on', () => {
    const found = ALL.filter(({ text }) => /\/(?:root|work|tmp|home)\//.test(text)).map(({ path }) => path);
    expect(found).toEqual([]);
  });
});
