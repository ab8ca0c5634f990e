/** What is generated from the schema is up to date, and accepts what the loader accepts. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { noticeJsonSchemaText } from '../../src/lib/notice-json.ts';
import { policyJsonSchema, policyJsonSchemaText } from '../../src/policy/json-schema.ts';
import { policyReference } from '../../src/policy/reference.ts';
import { withNoticeTable } from '../../src/tell/page.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const validate = new Ajv2020({ strict: false }).compile(policyJsonSchema());

it('config/policy.schema.json is what `npm run generate` writes', () => {
  expect(read('config/policy.schema.json')).toBe(policyJsonSchemaText());
});

it('docs/policy.md is what `npm run generate` writes', () => expect(read('docs/policy.md')).toBe(policyReference()));

it('config/notice.schema.json is what `npm run generate` writes', () => {
  expect(read('config/notice.schema.json')).toBe(noticeJsonSchemaText());
});

it('docs/notifications.md has the table that `npm run generate` writes', () => {
  const page = read('docs/notifications.md');
  expect(page).toBe(withNoticeTable(page));
});

const configs = readdirSync(new URL('../../config/', import.meta.url)).filter((name) => name.endsWith('.yaml'));

it.each(configs)('config/%s names the schema in its first line and is valid by it', (name) => {
  const text = read(`config/${name}`);
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./policy.schema.json');
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
});

it.each([
  'unknown-key-in-policy',
  'wrong-mode',
  'duration-without-unit',
  'unknown-source',
  'no-targets',
  'judge-bound-is-text',
])('editors see the fault of %s too', (name) => {
  expect(validate(parse(read(`test/policy/fixtures/${name}.yaml`)))).toBe(false);
});
