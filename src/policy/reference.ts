/** The reference page of the policy file, written out of its JSON Schema; docs/policy.md holds it. */
import type { z } from 'zod';
import { hooks } from '../hooks/index.ts';
import { judges } from '../judges/index.ts';
import { notifiers } from '../notifiers/index.ts';
import { sources } from '../sources/index.ts';
import { triggers } from '../triggers/index.ts';
import { policyJsonSchema } from './json-schema.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** One line on each plugin, by the key it stands under and its kind. */
const PLUGINS = new Map<string, string>(
  [
    ...sources.map((plugin) => ({ key: 'source', plugin })),
    ...judges.map((plugin) => ({ key: 'judge', plugin })),
    ...triggers.map((plugin) => ({ key: 'trigger', plugin })),
    ...hooks.map((plugin) => ({ key: 'hooks', plugin })),
    ...notifiers.map((plugin) => ({ key: 'notifiers', plugin })),
  ].map(({ key, plugin }) => [`${key} ${plugin.kind}`, plugin.description]),
);

const isSchema = (part: unknown): part is Schema => typeof part === 'object' && part !== null && !Array.isArray(part);
const isDuration = (schema: Schema) => schema.pattern?.includes('(?:ms|s|m|h|d)') ?? false;

const DEFINITIONS = new Map(Object.entries(policyJsonSchema().$defs ?? {}));

/** What a reference stands for, with what is said beside it. */
function resolved(schema: Schema): Schema {
  const found = DEFINITIONS.get((schema.$ref ?? '').replace('#/$defs/', ''));
  return isSchema(found) ? { ...found, ...schema } : schema;
}

function propertiesOf(schema: Schema): readonly (readonly [string, Schema])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) =>
    isSchema(part) ? [[key, resolved(part)] as const] : [],
  );
}

function alternatives(schema: Schema): readonly Schema[] {
  return (schema.anyOf ?? schema.oneOf ?? []).filter(isSchema);
}

function itemsOf(schema: Schema): Schema | undefined {
  return isSchema(schema.items) ? schema.items : undefined;
}

function kindOf(schema: Schema): string | undefined {
  const kind = schema.properties?.kind;
  return isSchema(kind) && typeof kind.const === 'string' ? kind.const : undefined;
}

function typeOf(schema: Schema): string {
  const choices = alternatives(schema);
  if (choices.length > 0) return [...new Set(choices.map(typeOf))].join(' or ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  const items = itemsOf(schema);
  if (items?.$ref !== undefined) return 'list of rule names and groups';
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (schema.type === 'object') return schema.properties === undefined ? 'map' : 'keys below';
  if (schema.type === 'string') return isDuration(schema) ? 'duration' : 'text';
  return schema.type === 'integer' ? 'whole number' : String(schema.type ?? 'anything');
}

function defaultOf(schema: Schema, required: boolean): string {
  if (schema.default === undefined) return required ? '**required**' : '';
  return JSON.stringify(schema.default) === '{}' ? '' : `\`${JSON.stringify(schema.default)}\``;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(schema: Schema): readonly string[] {
  const rows = propertiesOf(schema).map(([key, part]) => {
    const type = typeOf(part);
    const fallback = defaultOf(part, schema.required?.includes(key) ?? false);
    return `| \`${key}\` | ${cell(type)} | ${cell(fallback)} | ${cell(part.description ?? '')} |`;
  });
  return ['| key | type | default | meaning |', '| --- | --- | --- | --- |', ...rows, ''];
}

/** The heading and introduction of one alternative of a key: a plugin by its kind, another by the key it adds. */
function alternativeTitle(path: string, schema: Schema, key: string): readonly [string, readonly string[]] {
  const kind = kindOf(schema);
  if (kind !== undefined) {
    const described = PLUGINS.get(`${key} ${kind}`);
    return [`${path}: ${kind}`, described === undefined ? [] : [described, '']];
  }
  const telling = propertiesOf(schema).find(([name]) => ['source', 'trigger'].includes(name))?.[0];
  return [telling === undefined ? path : `${path} with ${telling}`, []];
}

function section(title: string, intro: readonly string[], schema: Schema, path: string): readonly string[] {
  const below = propertiesOf(schema).flatMap(([key, part]) => within(path === '' ? key : `${path}.${key}`, part, key));
  return [`## ${title}`, '', ...intro, ...table(schema), ...below];
}

/** The sections of what stands under one key. */
function within(path: string, schema: Schema, key: string): readonly string[] {
  const items = itemsOf(schema);
  if (items !== undefined) return within(`${path}[]`, items, key);
  const values = schema.additionalProperties;
  if (schema.properties === undefined && isSchema(values)) return within(`${path}.NAME`, values, key);
  const described = schema.description === undefined ? [] : [schema.description, ''];
  if (schema.properties !== undefined) return section(`\`${path}\``, described, schema, path);
  return alternatives(schema)
    .filter((choice) => choice.properties !== undefined)
    .flatMap((choice) => {
      const [title, intro] = alternativeTitle(path, choice, key);
      return section(`\`${title}\``, intro, choice, path);
    });
}

const INTRODUCTION = `# The policy file

Generated from the schema by \`npm run generate\`; \`config/watchdog.yaml\` is an example that shows every usual key.

- Durations carry their unit: \`90s\`, \`5m\`, \`1h30m\`, \`250ms\`, \`30d\`.
- \`\${NAME}\` in any text value is the value of that environment variable, which must be set; \`$\${\` stands for \`\${\`.
- Globs are case-sensitive and fit a name or id as a whole: \`*\` is any number of characters (\`/\` too), \`?\` one
  character other than \`/\`, \`[ab]\` and \`{a,b}\` are choices. A text equal to the glob always fits.
- Unknown keys, duplicate keys and values without effect are errors; \`appconfig-watchdog check --config FILE\` tells all of
  them at once, with file, line, key, what was found and what would be right.
`;

/** The whole page in Markdown. */
export function policyReference(): string {
  const body = section('The file', [], policyJsonSchema(), '').join('\n');
  // What several plugins have in common is explained once.
  const sections = new Set(body.split(/^(?=## )/m));
  return `${[INTRODUCTION, ...sections].join('\n').replaceAll('\n\n\n', '\n\n').trimEnd()}\n`;
}
