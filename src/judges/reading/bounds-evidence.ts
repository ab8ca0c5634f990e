/** The numbers behind a threshold's verdict, for the journal, `explain` and the log. */
import { exposureAt } from '../../core/deployment.ts';
import { type JsonBytes, type JsonPiece, jsonPiece } from '../../core/json-bytes.ts';
import type { Evidence } from '../../core/seams.ts';
import type { Point, Series } from '../../core/series.ts';
import { sortedKeys } from '../../core/sorted-keys.ts';
import { type Instant, iso } from '../../core/time.ts';
import type { Bounds, Reading } from './readings.ts';

/** What begins at an instant or later: the points before are not even made. */
export function inputsFrom({ series: [series] }: Evidence, from: Instant): Series['inputs'] {
  return (series?.tail?.(from) ?? series)?.inputs ?? {};
}

/** What stands between the instant of a reading and its value: by whether it breaches, counts and is settled. */
const MARKS = Array.from(
  { length: 8 },
  (_, bits) => `"breaching":${(bits & 4) > 0},"counted":${(bits & 2) > 0},"settled":${(bits & 1) > 0},`,
);

function markOf({ state, side, settled }: Reading): number {
  return (state === 'breaching' ? 4 : 0) + (side === 'during' ? 2 : 0) + (settled ? 1 : 0);
}

/** A datapoint of an input has nothing there. */
const BARE = MARKS.length;

/** All that stands between a value and the one before it, which is the same for thousands of metrics. */
class ToValue {
  readonly #first: (JsonPiece | undefined)[] = [];
  readonly #next: (JsonPiece | undefined)[] = [];
  readonly #at: string;

  constructor(at: Instant) {
    this.#at = iso(at);
  }

  of(mark: number, isFirst: boolean): JsonPiece {
    const known = isFirst ? this.#first : this.#next;
    known[mark] ??= jsonPiece(`${isFirst ? '[' : '},'}{"at":"${this.#at}",${MARKS[mark] ?? ''}"value":`);
    return known[mark];
  }
}

const toValues = new Map<Instant, ToValue>();
const MOST_TO_VALUES = 250;

function toValueAt(at: Instant): ToValue {
  const known = toValues.get(at);
  if (known !== undefined) return known;
  if (toValues.size >= MOST_TO_VALUES) toValues.clear();
  const made = new ToValue(at);
  toValues.set(at, made);
  return made;
}

const END_OF_LIST = jsonPiece('}]');
const EMPTY_LIST = jsonPiece('[]');

function putReadings(to: JsonBytes, all: readonly Reading[]): void {
  let isFirst = true;
  for (const reading of all) {
    to.put(toValueAt(reading.at).of(markOf(reading), isFirst)).number(reading.value ?? Number.NaN);
    isFirst = false;
  }
  to.put(isFirst ? EMPTY_LIST : END_OF_LIST);
}

function putPoints(to: JsonBytes, points: readonly Point[], from: Instant): void {
  let isFirst = true;
  for (const { at, value } of points) {
    if (at < from) continue;
    to.put(toValueAt(at).of(BARE, isFirst)).number(value);
    isFirst = false;
  }
  to.put(isFirst ? EMPTY_LIST : END_OF_LIST);
}

const NAMES = jsonPiece('{');
const NEXT_NAME = jsonPiece(',');
const NAMED = jsonPiece(':');
const END_OF_NAMES = jsonPiece('}');
const NO_NAMES = jsonPiece('{}');

function putInputs(to: JsonBytes, inputs: Series['inputs'], from: Instant): void {
  const names = sortedKeys(inputs);
  for (const [index, name] of names.entries()) {
    to.put(index === 0 ? NAMES : NEXT_NAME);
    putPoints(to.name(name).put(NAMED), inputs[name] ?? [], from);
  }
  to.put(names.length === 0 ? NO_NAMES : END_OF_NAMES);
}

const ABOVE = jsonPiece('"above":');
const BELOW = jsonPiece('"below":');
const BREACHING = jsonPiece('"breaching":');
const EXPOSURE = jsonPiece(',"exposure":');
const INPUTS = jsonPiece(',"inputs":');
const PERIOD = jsonPiece(',"periodMs":');
const POINTS = jsonPiece(',"points":');
const QUERY = jsonPiece(',"query":');

/** Writes the readings it rests on and their metrics, with keys in order, as the journal has them. */
export function writeBoundsEvidence(
  to: JsonBytes,
  evidence: Evidence,
  { above, below }: Bounds,
  { need, of }: { readonly need: number; readonly of: number },
  proving: readonly Reading[],
): void {
  const from = proving[0]?.at ?? Number.POSITIVE_INFINITY;
  const series = evidence.series[0];
  to.put(NAMES);
  if (above !== undefined) to.put(ABOVE).number(above).put(NEXT_NAME);
  if (below !== undefined) to.put(BELOW).number(below).put(NEXT_NAME);
  to.put(BREACHING).name(`${need} of ${of}`);
  to.put(EXPOSURE).number(exposureAt(evidence.deployment, evidence.now));
  putInputs(to.put(INPUTS), inputsFrom(evidence, from), from);
  to.put(PERIOD).number(series?.period ?? 0);
  putReadings(to.put(POINTS), proving);
  to.put(QUERY)
    .name(series?.query ?? '')
    .put(END_OF_NAMES);
}
