/**
 * Writes JSON as bytes, and beside it the same as it stands inside of a JSON string, where it is hashed. Of thousands of
 * texts a minute, each some kilobytes long, next to nothing is left to the collector.
 */

const encoder = new TextEncoder();

/** JSON, or a part of it, as it is and as it stands between the quotes of a JSON string. */
export interface JsonText {
  readonly plain: string;
  readonly quoted: string;
}

export function jsonText(plain: string): JsonText {
  return { plain, quoted: JSON.stringify(plain).slice(1, -1) };
}

/** The same in UTF-8, for what is written again and again. */
export interface JsonPiece {
  readonly plain: Uint8Array;
  readonly quoted: Uint8Array;
}

export function jsonPiece(json: string): JsonPiece {
  const { plain, quoted } = jsonText(json);
  return { plain: encoder.encode(plain), quoted: encoder.encode(quoted) };
}

const names = new Map<string, JsonPiece>();
const MOST_NAMES = 1_000;

/** Bytes of UTF-8 that one unit of a string can take. */
const WIDEST = 3;

/** Written over each time that something begins anew, and as long as the longest was. */
class Bytes {
  #all = Buffer.alloc(4_096);
  length = 0;

  /** All there are, with room for so many more. */
  room(more: number): Buffer {
    if (this.length + more <= this.#all.length) return this.#all;
    const grown = Buffer.alloc(2 * (this.length + more));
    grown.set(this.written());
    this.#all = grown;
    return grown;
  }

  put(bytes: Uint8Array): void {
    this.room(bytes.length).set(bytes, this.length);
    this.length += bytes.length;
  }

  encode(text: string): void {
    this.length += this.room(WIDEST * text.length).write(text, this.length);
  }

  written(): Uint8Array {
    return this.#all.subarray(0, this.length);
  }
}

export class JsonBytes {
  readonly #plain = new Bytes();
  readonly #quoted = new Bytes();

  /** Begins anew; `before` stands before what is quoted. What was written is not to be looked at any more. */
  begin(before = ''): this {
    this.#plain.length = 0;
    this.#quoted.length = 0;
    if (before !== '') this.#quoted.encode(before);
    return this;
  }

  put({ plain, quoted }: JsonPiece): this {
    this.#plain.put(plain);
    this.#quoted.put(quoted);
    return this;
  }

  text({ plain, quoted }: JsonText): this {
    this.#plain.encode(plain);
    this.#quoted.encode(quoted);
    return this;
  }

  /** What JSON.stringify writes for a number. */
  number(value: number): this {
    const text = Number.isFinite(value) ? `${value}` : 'null';
    const { length } = text;
    const plain = this.#plain.room(length);
    const quoted = this.#quoted.room(length);
    const [inPlain, inQuoted] = [this.#plain.length, this.#quoted.length];
    // So few, and the same in both: handing them over takes longer.
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      plain[inPlain + index] = code;
      quoted[inQuoted + index] = code;
    }
    this.#plain.length = inPlain + length;
    this.#quoted.length = inQuoted + length;
    return this;
  }

  /** What JSON.stringify writes for a string. */
  string(text: string): this {
    const plain = JSON.stringify(text);
    // Where nothing in it was escaped, nothing but its quotes will be.
    return this.text(plain.length === text.length + 2 ? { plain, quoted: `\\"${text}\\"` } : jsonText(plain));
  }

  /** The same for a name, of which there are few that come again and again. */
  name(text: string): this {
    const known = names.get(text);
    if (known !== undefined) return this.put(known);
    const piece = jsonPiece(JSON.stringify(text));
    // A policy file can name things as it likes, and so many of them.
    if (names.size < MOST_NAMES) names.set(text, piece);
    return this.put(piece);
  }

  /** What was written: good until something is written anew. */
  plain(): Uint8Array {
    return this.#plain.written();
  }

  /** What was written as it stands in a JSON string, with `after` behind it. */
  quoted(after = ''): Uint8Array {
    this.#quoted.encode(after);
    return this.#quoted.written();
  }
}
