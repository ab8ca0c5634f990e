/** Evidence that is written down as bytes: it becomes an object only for who looks into it. */
import type { JsonObject } from './json.ts';
import { JsonBytes } from './json-bytes.ts';
import type { Verdict } from './verdict.ts';

type Known = Exclude<Verdict, { readonly kind: 'unknown' }>;

/** Writes a JSON object with its keys in code-unit order at every depth. */
export interface EvidenceWriter {
  /** Asked each time that it is needed. */
  write(to: JsonBytes): void;
}

const decoder = new TextDecoder();
const scratch = new JsonBytes();

/** Of a class, and not a literal with a getter of its own, which V8 keeps as a table of 300 bytes: ten thousand are held. */
class WrittenVerdict {
  readonly kind: Known['kind'];
  readonly because: string;
  readonly #writer: EvidenceWriter;

  constructor(kind: Known['kind'], because: string, writer: EvidenceWriter) {
    this.kind = kind;
    this.because = because;
    this.#writer = writer;
  }

  get evidence(): JsonObject {
    this.#writer.write(scratch.begin());
    return JSON.parse(decoder.decode(scratch.plain()));
  }

  /** For whoever goes through its keys. */
  toJSON(): Known {
    const { kind, because, evidence } = this;
    return { kind, because, evidence };
  }

  static writerOf(verdict: Verdict): EvidenceWriter | undefined {
    return verdict instanceof WrittenVerdict ? verdict.#writer : undefined;
  }
}

export function writtenVerdict(kind: Known['kind'], because: string, writer: EvidenceWriter): Known {
  return new WrittenVerdict(kind, because, writer);
}

/** What writes the evidence; undefined where the verdict has it as an object, or has none. */
export function evidenceWriter(verdict: Verdict): EvidenceWriter | undefined {
  return WrittenVerdict.writerOf(verdict);
}
