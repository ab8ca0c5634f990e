/** Evidence that is written down as bytes: it becomes an object only for who looks into it. */
import type { JsonObject } from './json.ts';
import { JsonBytes } from './json-bytes.ts';
import type { Verdict } from './verdict.ts';

type Known = Exclude<Verdict, { readonly kind: 'unknown' }>;
type Write = (to: JsonBytes) => void;

const writers = new WeakMap<Verdict, Write>();

const decoder = new TextDecoder();
const scratch = new JsonBytes();

/** `write` writes a JSON object with its keys in code-unit order at every depth; it is asked each time that it is needed. */
export function writtenVerdict(kind: Known['kind'], because: string, write: Write): Known {
  const verdict: Known = {
    kind,
    because,
    get evidence(): JsonObject {
      write(scratch.begin());
      return JSON.parse(decoder.decode(scratch.plain()));
    },
  };
  writers.set(verdict, write);
  return verdict;
}

/** What writes the evidence; undefined where the verdict has it as an object, or has none. */
export function evidenceWriter(verdict: Verdict): Write | undefined {
  return writers.get(verdict);
}
