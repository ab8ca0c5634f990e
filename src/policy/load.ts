/** From the text of a policy file to a configuration, or to every error in it. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { firstOf, keyOf, type PolicyError, policyError } from './error.ts';
import { explain, parseWith } from './explain.ts';
import type { Fault } from './fault.ts';
import {
  hooksNobodyReaches,
  hooksWithoutAuth,
  insecureHooks,
  queuesNamedLikeHooks,
  unknownHooks,
} from './hook-rules.ts';
import type { Environment } from './interpolate.ts';
import { type Outline, outlineSchema } from './outline.ts';
import { atLeastMoreThanThereAre, roleOfAnotherAccount, unknownRules, unknownTargets } from './references.ts';
import { unknownNotifiers } from './routes.ts';
import { type Config, configSchema } from './schema.ts';
import { textOf } from './text.ts';
import { describe, interpolatedValues, locate, plain, type Tree } from './tree.ts';
import { duplicatePolicyNames, duplicateRuleNames, duplicateTargetNames, duplicateTargets } from './unique.ts';
import { readYaml } from './yaml.ts';

/** `path` is for messages; give the bytes where there are bytes, so that a file that is not UTF-8 is told. */
export interface PolicyFile {
  readonly path: string;
  readonly text: string | Uint8Array;
}

export type LoadedPolicy =
  /** `digest` as {@link digestOf} the file's text. */
  | { readonly ok: true; readonly config: Config; readonly digest: string }
  /** In the order of the file; at least one, and of very many the first and one for the rest. */
  | { readonly ok: false; readonly errors: readonly PolicyError[] };

const CROSS_FIELD: readonly ((outline: Outline) => readonly Fault[])[] = [
  duplicateTargetNames,
  duplicateTargets,
  duplicatePolicyNames,
  duplicateRuleNames,
  unknownTargets,
  roleOfAnotherAccount,
  unknownRules,
  atLeastMoreThanThereAre,
  hooksWithoutAuth,
  insecureHooks,
  hooksNobodyReaches,
  unknownHooks,
  queuesNamedLikeHooks,
  unknownNotifiers,
];

/** Shorter values cannot be told from ordinary words. */
const SHORTEST_VALUE = 4;

/** A message may name a value (a rule, a target); one from the environment is shown as the file writes it. */
function withoutValues(text: string, values: ReadonlyMap<string, string>): string {
  const long = [...values]
    .filter(([value]) => value.length >= SHORTEST_VALUE)
    .sort((a, b) => b[0].length - a[0].length);
  return long.reduce((told, [value, written]) => told.replaceAll(value, () => written), text);
}

function toErrors(file: string, faults: readonly Fault[], root?: Tree): readonly PolicyError[] {
  const values = root === undefined ? new Map<string, string>() : interpolatedValues(root);
  const errors = faults.map((fault) => {
    const place = root === undefined ? undefined : locate(root, fault.path);
    const at = fault.at ?? place?.at ?? { line: 1, column: 1 };
    const found = fault.found ?? describe(place?.tree, fault.path);
    return policyError(file, at, fault.path, {
      found,
      expected: withoutValues(fault.expected, values),
      sentence: fault.sentence ?? false,
    });
  });
  const once = new Map(errors.map((error) => [error.message, error]));
  return firstOf([...once.values()].sort((a, b) => a.line - b.line || a.column - b.column));
}

/** Nothing is said twice of one place: what could not be read is not judged as well. */
function without(faults: readonly Fault[], told: readonly Fault[]): readonly Fault[] {
  const keys = new Set(told.map((fault) => keyOf(fault.path)));
  return faults.filter((fault) => fault.path.length === 0 || !keys.has(keyOf(fault.path)));
}

/** Cross-field rules run on whatever could be read, so that one mistake does not hide another. */
function faultsOf(tree: Tree, data: unknown, parsed: z.ZodSafeParseResult<Config>, unread: readonly Fault[]) {
  const issues = parsed.success ? [] : parsed.error.issues.flatMap((issue) => explain(issue, tree));
  const outline = outlineSchema.parse(data, { jitless: true });
  const crossed = CROSS_FIELD.flatMap((rule) => rule(outline));
  const shaped = without(issues, unread);
  return [...unread, ...shaped, ...without(crossed, [...unread, ...shaped])];
}

/** SHA-256 in hex, as sha256sum prints it. */
export function digestOf(text: PolicyFile['text']): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Reads a policy file. Never throws for what a file holds: every error is told at once, with its place, and no error
 * holds a value that came from `env`.
 */
export function loadPolicy(file: PolicyFile, env: Environment): LoadedPolicy {
  const content = textOf(file.text);
  if ('fault' in content) return { ok: false, errors: toErrors(file.path, [content.fault]) };
  const yaml = readYaml(content.text, env);
  if (!yaml.ok) return { ok: false, errors: toErrors(file.path, yaml.faults) };
  const data = plain(yaml.tree);
  const parsed = parseWith(configSchema, data);
  const faults = faultsOf(yaml.tree, data, parsed, yaml.faults);
  if (faults.length > 0 || !parsed.success) return { ok: false, errors: toErrors(file.path, faults, yaml.tree) };
  return { ok: true, config: parsed.data, digest: digestOf(file.text) };
}
