/** What zod found wrong, in the words of this project: what would be right, at which path. */
import { z } from 'zod';
import { counted, plainText } from '../lib/text.ts';
import type { Path } from './error.ts';
import type { Fault } from './fault.ts';
import { choice, nearest } from './suggest.ts';
import { locate, type ScalarTree, type Tree } from './tree.ts';

type Issue = z.core.$ZodIssue;

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};
const SEPARATOR = ' | ';

/** Zod's own message for an unknown key does not say which are known; this one is nothing but that. */
function knownKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined;
  return Object.keys(issue.inst.shape).join(SEPARATOR);
}

/** Parses so that {@link explain} can read the outcome. */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  // To make a parser by machine takes longer than to read one file without.
  return schema.safeParse(data, { error: knownKeys, jitless: true });
}

function amount(issue: { readonly origin: string }, bound: string, limit: number | bigint): string {
  if (issue.origin === 'string') return `${bound} ${limit} characters`;
  if (issue.origin === 'array') return `${bound} ${counted(Number(limit), 'item')}`;
  return `${bound} ${limit}`;
}

/** Text that YAML took for something else wants quotes. */
function typeExpected(expected: string, scalar: ScalarTree | undefined): string {
  const name = NAMES[expected] ?? expected;
  if (expected !== 'string' || scalar === undefined || scalar.value === null) return name;
  return typeof scalar.value === 'string' ? name : `text: put it in quotes`;
}

/** Messages of our own schemas say `expected …`; those of refinements may say it in their own way. */
function told(message: string): string {
  return message.replace(/^expected /, '');
}

const ZODS_OWN = /^(?:Invalid|Unrecognized|Too (?:big|small))/;

function expectedOf(issue: Issue, tree: Tree | undefined): string {
  if (!ZODS_OWN.test(issue.message)) return told(issue.message);
  const scalar = tree?.kind === 'scalar' ? tree : undefined;
  switch (issue.code) {
    case 'invalid_type':
      return typeExpected(issue.expected, scalar);
    case 'invalid_value':
      return choice(scalar && !scalar.interpolated ? String(scalar.value) : '', issue.values.map(String));
    case 'too_small':
      return amount(issue, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return amount(issue, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    default:
      return told(issue.message);
  }
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, path: Path, root: Tree): readonly Fault[] {
  const known = issue.message.split(SEPARATOR);
  return issue.keys.map((key) => {
    const { keyAt } = locate(root, [...path, key]);
    const meant = nearest(key, known);
    const expected =
      meant === undefined ? `one of the keys ${known.join(', ')}` : `a known key (did you mean ${meant}?)`;
    return { path: [...path, key], expected, found: `the unknown key ${plainText(key, 60)}`, at: keyAt };
  });
}

const isMissing = (root: Tree, path: Path) => locate(root, path).tree === undefined;

/** Where text is one of the choices, a number or `true` was most likely meant as text. */
function quotesHint(tree: Tree | undefined): string {
  if (tree?.kind !== 'scalar' || tree.value === null || typeof tree.value === 'string') return '';
  return '; put it in quotes when it is text';
}

interface Alternative {
  readonly issues: readonly Issue[];
  /** Keys it does not know; without end when what stands there is of another type throughout. */
  readonly unknown: number;
  readonly missing: number;
}

function alternative(issues: readonly Issue[], path: Path, root: Tree): Alternative {
  const ofKeys = (issue: Issue) => (issue.code === 'unrecognized_keys' ? issue.keys.length : Number.POSITIVE_INFINITY);
  const here = issues.filter((issue) => issue.path.length === 0);
  const missing = issues.filter((issue) => issue.path.length === 1 && isMissing(root, [...path, ...issue.path]));
  return { issues, unknown: here.reduce((sum, issue) => sum + ofKeys(issue), 0), missing: missing.length };
}

/** Of a union the alternative is explained that was most likely meant; when none stands out, the union itself. */
function union(issue: z.core.$ZodIssueInvalidUnion, path: Path, root: Tree): readonly Fault[] {
  const [best, second] = issue.errors
    .map((issues) => alternative(issues, path, root))
    .sort((a, b) => a.unknown - b.unknown || a.missing - b.missing);
  const open = best === undefined || !Number.isFinite(best.unknown) || (best.unknown === 0 && second?.unknown === 0);
  if (open) return [{ path, expected: `${told(issue.message)}${quotesHint(locate(root, path).tree)}` }];
  return best.issues.flatMap((each) => explain({ ...each, path: [...path, ...each.path] }, root));
}

/** `kind` of a plugin that is not there: the kinds there are, and the one that was probably meant. */
function unknownKind(issue: z.core.$ZodIssueInvalidUnion, path: Path, root: Tree): Fault {
  const { tree } = locate(root, path);
  const kinds = told(issue.message).split(SEPARATOR);
  return { path, expected: choice(tree?.kind === 'scalar' && !tree.interpolated ? String(tree.value) : '', kinds) };
}

/** The faults one issue of zod stands for; `root` is what it was found in. */
export function explain(issue: Issue, root: Tree): readonly Fault[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path, root);
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return [unknownKind(issue, path, root)];
  if (issue.code === 'invalid_union') return union(issue, path, root);
  if (issue.code === 'invalid_key') {
    const { keyAt } = locate(root, path);
    const found = `the key ${plainText(String(path.at(-1)), 60)}`;
    return issue.issues.map((each) => ({ path, expected: expectedOf(each, undefined), found, at: keyAt }));
  }
  const sentence = issue.code === 'custom' && !issue.message.startsWith('expected ');
  return [{ path, expected: expectedOf(issue, locate(root, path).tree), sentence }];
}
