/** What of a record is not decided by its place in the chain: an event, ready to be written down. */
import { refKey } from '../core/deployment.ts';
import type { WatchdogEvent, WatchRef } from '../core/event.ts';
import { type JsonBytes, type JsonText, jsonPiece, jsonText } from '../core/json-bytes.ts';
import { evidenceWriter } from '../core/written-evidence.ts';
import { canonicalJson, type Row } from './chain.ts';

export interface Content extends Pick<Row, 'at' | 'kind' | 'deployment' | 'policy'> {
  /** Writes the canonical JSON of the whole event. */
  readonly write: (to: JsonBytes) => void;
}

/** SQLite holds text as UTF-8 that ends at NUL: what it could not give back unchanged is replaced before hashing. */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\u{fffd}');

interface WrittenWatch extends Pick<Row, 'deployment' | 'policy'> {
  readonly text: JsonText;
}

/** A watch has one ref for all of its records. */
const watches = new WeakMap<WatchRef, WrittenWatch>();

function writtenWatch(watch: WatchRef): WrittenWatch {
  const known = watches.get(watch);
  if (known !== undefined) return known;
  const deployment = storable(refKey(watch.deployment));
  const written = { deployment, policy: storable(watch.policy), text: jsonText(canonicalJson(watch)) };
  watches.set(watch, written);
  return written;
}

type RuleJudged = Extract<WatchdogEvent, { readonly kind: 'rule-judged' }>;

const AT = jsonPiece('{"at":');
const RULE = jsonPiece(',"kind":"rule-judged","rule":');
const BECAUSE = jsonPiece(',"verdict":{"because":');
const EVIDENCE = jsonPiece(',"evidence":');
const KIND = jsonPiece(',"kind":');
const WATCH = jsonPiece('},"watch":');
const END = jsonPiece('}');

/** Kind, instant, watch, rule and verdict. */
const FIELDS = 5;

/** Writes a verdict that writes its evidence itself, of which ten thousand come a minute; false where it is another one. */
function writeVerdict(to: JsonBytes, event: RuleJudged, watch: JsonText): boolean {
  const { at, rule, verdict } = event;
  const writer = evidenceWriter(verdict);
  if (writer === undefined || Object.keys(event).length !== FIELDS) return false;
  to.put(AT).number(at).put(RULE).name(rule).put(BECAUSE).string(verdict.because);
  writer.write(to.put(EVIDENCE));
  to.put(KIND).name(verdict.kind).put(WATCH).text(watch).put(END);
  return true;
}

export function contentOf(event: WatchdogEvent): Content {
  const at = Number.isFinite(event.at) ? Math.floor(event.at) : 0;
  const { kind } = event;
  if ('watch' in event) {
    const { deployment, policy, text } = writtenWatch(event.watch);
    const write = (to: JsonBytes) => {
      if (kind !== 'rule-judged' || !writeVerdict(to, event, text)) to.text(jsonText(canonicalJson(event)));
    };
    return { at, kind, deployment, policy, write };
  }
  const deployment = 'deployment' in event ? storable(refKey(event.deployment)) : null;
  return { at, kind, deployment, policy: null, write: (to) => to.text(jsonText(canonicalJson(event))) };
}
