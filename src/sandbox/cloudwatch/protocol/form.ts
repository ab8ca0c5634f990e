/** The query protocol's requests: a form whose dotted names spell structures and lists. */
import { serialization } from '../rejection.ts';

/** The nested value a form spells, as JSON would: `Dimensions.member.1.Name=a` becomes `{ Dimensions: [{ Name: 'a' }] }`. */
export function readForm(body: Buffer): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    if (name !== 'Action' && name !== 'Version') plant(root, name.split('.'), name, value);
  }
  const tree = listsOf(root);
  if (!isRecord(tree)) throw serialization('The form names no parameters of an operation.');
  return tree;
}

export function formActionOf(body: Buffer): string | undefined {
  return new URLSearchParams(body.toString('utf8')).get('Action') ?? undefined;
}

function plant(branch: Record<string, unknown>, steps: readonly string[], name: string, value: string): void {
  const [step = '', ...rest] = steps;
  if (step === '' || step === '__proto__') throw serialization(`The parameter name ${name} cannot be read.`);
  if (rest.length === 0) {
    branch[step] = value;
    return;
  }
  branch[step] ??= Object.create(null);
  const next = branch[step];
  if (!isRecord(next)) throw serialization(`The parameter ${name} is both a value and a structure.`);
  plant(next, rest, name, value);
}

/** Turns `{ member: { 1: a, 2: b } }` into `[a, b]`; an empty list is sent as an empty value, which the schemas read. */
function listsOf(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { member } = value;
  if (isRecord(member) && Object.keys(value).length === 1) {
    const numbered = Object.entries(member).sort(([a], [b]) => Number(a) - Number(b));
    return numbered.map(([, item]) => listsOf(item));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, listsOf(item)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
