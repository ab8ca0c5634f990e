/**
 * Globs, fitted in time that grows with glob times text: a description anyone may write must not be able to hold up the
 * daemon, as it could with a glob turned into a regular expression that tries all ways.
 */

type Part =
  /** Any number of characters. */
  | { readonly kind: 'any' }
  | { readonly kind: 'one'; readonly fits: (character: number) => boolean }
  | { readonly kind: 'choice'; readonly of: readonly (readonly Part[])[] };

const SLASH = 0x2f;

const literal = (character: string): Part => {
  const wanted = character.codePointAt(0);
  return { kind: 'one', fits: (found) => found === wanted };
};

interface Read<What> {
  readonly what: What;
  /** Where the rest begins. */
  readonly next: number;
}

/** One member of a set: a character, or a range such as `a-z`. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** `[abc]`, `[a-z]`, `[!a]`, from the bracket on; undefined when it is never closed. */
function readSet(glob: readonly string[], start: number): Read<Part> | undefined {
  const negated = glob[start + 1] === '!' || glob[start + 1] === '^';
  const first = start + (negated ? 2 : 1);
  const spans: Span[] = [];
  for (let at = first; at < glob.length; at++) {
    if (glob[at] === ']' && at > first) {
      const holds = (found: number) => spans.some(({ from, to }) => found >= from && found <= to);
      return { what: { kind: 'one', fits: (found) => holds(found) !== negated }, next: at + 1 };
    }
    if (glob[at] === '\\' && at + 1 < glob.length) at++;
    const from = glob[at]?.codePointAt(0) ?? 0;
    const end = glob[at + 2];
    if (glob[at + 1] === '-' && end !== undefined && end !== ']') {
      spans.push({ from, to: end.codePointAt(0) ?? 0 });
      at += 2;
    } else spans.push({ from, to: from });
  }
  return undefined;
}

/** `{a,b}`, from the brace on; undefined when it is never closed or leaves no choice. */
function readChoice(glob: readonly string[], start: number, closed: ReadonlySet<number>): Read<Part> | undefined {
  if (!closed.has(start)) return undefined;
  const of: (readonly Part[])[] = [];
  for (let at = start + 1; ; ) {
    const option = readParts(glob, at, closed, true);
    of.push(option.what);
    if (glob[option.next] !== ',') return { what: { kind: 'choice', of }, next: option.next + 1 };
    at = option.next + 1;
  }
}

/** Up to the end, or inside a choice to its next comma or its closing brace. */
function readParts(
  glob: readonly string[],
  start: number,
  closed: ReadonlySet<number>,
  inside: boolean,
): Read<readonly Part[]> {
  const parts: Part[] = [];
  let depth = 0;
  let at = start;
  while (at < glob.length) {
    const character = glob[at] ?? '';
    if (inside && depth === 0 && (character === ',' || character === '}')) break;
    const group = character === '[' ? readSet(glob, at) : character === '{' ? readChoice(glob, at, closed) : undefined;
    if (group !== undefined) {
      parts.push(group.what);
      at = group.next;
      continue;
    }
    // Braces without a choice are characters, and come in pairs.
    if (character === '{') depth++;
    if (character === '}' && depth > 0) depth--;
    if (character === '*') parts.push({ kind: 'any' });
    else if (character === '?') parts.push({ kind: 'one', fits: (found) => found !== SLASH });
    else if (character === '\\' && at + 1 < glob.length) parts.push(literal(glob[++at] ?? ''));
    else parts.push(literal(character));
    at++;
  }
  return { what: parts, next: at };
}

/** Where each brace stands that is closed and holds a comma of its own. */
function choices(glob: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>();
  const open: { readonly at: number; comma: boolean }[] = [];
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at];
    if (character === '\\') at++;
    else if (character === '[') at = (readSet(glob, at)?.next ?? at + 1) - 1;
    else if (character === '{') open.push({ at, comma: false });
    const last = open.at(-1);
    if (last === undefined) continue;
    if (character === ',') last.comma = true;
    if (character !== '}') continue;
    open.pop();
    if (last.comma) found.add(last.at);
  }
  return found;
}

/** One step: from every place reached so far to every place this part leads to. */
function after(part: Part, text: string, reached: Uint8Array): Uint8Array {
  if (part.kind === 'choice') {
    const sum = new Uint8Array(reached.length);
    for (const option of part.of) {
      const ends = afterAll(option, text, reached);
      for (let at = 0; at < ends.length; at++) if (ends[at] === 1) sum[at] = 1;
    }
    return sum;
  }
  if (part.kind === 'any') {
    const first = reached.indexOf(1);
    return first < 0 ? reached : reached.slice().fill(1, first);
  }
  const next = new Uint8Array(reached.length);
  for (let at = reached.indexOf(1); at >= 0 && at < text.length; at++) {
    const character = reached[at] === 1 ? text.codePointAt(at) : undefined;
    if (character !== undefined && part.fits(character)) next[at + (character > 0xffff ? 2 : 1)] = 1;
  }
  return next;
}

function afterAll(parts: readonly Part[], text: string, reached: Uint8Array): Uint8Array {
  return parts.reduce((places, part) => after(part, text, places), reached);
}

/** The test a glob stands for: it fits a text as a whole, with upper and lower case told apart. */
export function globTest(glob: string): (text: string) => boolean {
  const characters = [...glob];
  const parts = readParts(characters, 0, choices(characters), false).what;
  return (text) => {
    const start = new Uint8Array(text.length + 1);
    start[0] = 1;
    return afterAll(parts, text, start)[text.length] === 1;
  };
}

/** A glob that fits exactly this text. */
export function globOf(text: string): string {
  return text.replace(/[\\*?[\]{},!]/g, '\\$&');
}
