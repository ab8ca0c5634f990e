/** A CloudFormation template with values put in, as far as the one in deploy/ goes: Ref, Sub, If, Equals, GetAtt. */
import { parse, type ScalarTag } from 'yaml';
import { z } from 'zod';

const NAMES = ['Ref', 'Sub', 'GetAtt', 'If', 'Equals'] as const;
/** What stands for "leave this out". */
const NO_VALUE = Symbol('AWS::NoValue');

const scalarTags: ScalarTag[] = NAMES.map((name) => ({ tag: `!${name}`, resolve: (text) => ({ [`!${name}`]: text }) }));
const listTags = NAMES.map((name) => ({
  tag: `!${name}`,
  collection: 'seq' as const,
  resolve: (list: { toJSON(): unknown }) => ({ [`!${name}`]: list.toJSON() }),
}));

export interface Template {
  readonly Conditions?: unknown;
  readonly Resources: unknown;
}

/** Short forms such as `!Ref A` come out as `{ '!Ref': 'A' }`. */
export function template(text: string): Template {
  const parsed: unknown = parse(text, { customTags: [...scalarTags, ...listTags] });
  return z.looseObject({ Conditions: z.unknown().optional(), Resources: z.unknown() }).parse(parsed);
}

function lookUp(name: string, values: Readonly<Record<string, string>>): string {
  const value = values[name];
  if (value === undefined) throw new Error(`the template uses ${name}, which nobody gave a value`);
  return value;
}

/** The function an object calls and what it is given; undefined for an object that is none. */
function called(value: object): readonly [string, unknown] | undefined {
  const [entry, ...others] = Object.entries(value);
  return entry?.[0].startsWith('!') && others.length === 0 ? entry : undefined;
}

/** Conditions and resources with every function carried out. */
export function resolved(source: Template, values: Readonly<Record<string, string>>): Record<string, unknown> {
  function call(name: string, given: unknown): unknown {
    if (name === '!Ref') return given === 'AWS::NoValue' ? NO_VALUE : lookUp(String(given), values);
    if (name === '!GetAtt') return `attribute ${String(given)}`;
    if (name === '!Sub') {
      return String(given).replace(/\$\{(!?)([\w:]+)\}/g, (_whole, kept: string, key: string) =>
        kept === '!' ? `\${${key}}` : lookUp(key, values),
      );
    }
    const parts = z.array(z.unknown()).parse(given);
    if (name === '!Equals') return walk(parts[0]) === walk(parts[1]);
    const condition = z.record(z.string(), z.unknown()).parse(source.Conditions)[String(parts[0])];
    return walk(walk(condition) === true ? parts[1] : parts[2]);
  }
  function walk(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(walk).filter((item) => item !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const call_ = called(value);
    if (call_ !== undefined) return call(...call_);
    const entries = Object.entries(value).map(([key, inner]) => [key, walk(inner)] as const);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== NO_VALUE));
  }
  return { Resources: walk(source.Resources) };
}
