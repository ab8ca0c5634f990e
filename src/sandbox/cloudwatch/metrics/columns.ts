/** The samples of one metric in columns: small enough for hours of seconds, found by binary search. */
import type { Instant } from '../../../core/time.ts';

/** What one datum says: a single value (`min` equals `max`), the same value `count` times, or a statistic set. */
export interface Sample {
  readonly at: Instant;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

const FIELDS = ['at', 'count', 'sum', 'min', 'max'] as const;
type Field = (typeof FIELDS)[number];

export interface Columns {
  add(sample: Sample): void;
  readonly length: number;
  /** The numbers of all samples in the order of time; good until the next `add`. The arrays are longer than `length`. */
  view(): Readonly<Record<Field, Float64Array>>;
  unit(index: number): string;
  /** The index of the first sample at or after `at`. */
  from(at: Instant): number;
}

export function columns(): Columns {
  let data = allocate(64);
  let units: string[] = [];
  let length = 0;
  let sorted = true;
  const sort = () => {
    if (sorted) return;
    const order = Array.from({ length }, (_, index) => index).sort(
      (a, b) => read(data.at, a) - read(data.at, b) || a - b,
    );
    const next = allocate(data.at.length);
    for (const field of FIELDS) for (const [to, from] of order.entries()) next[field][to] = read(data[field], from);
    units = order.map((from) => units[from] ?? 'None');
    data = next;
    sorted = true;
  };
  return {
    add(sample) {
      if (length === data.at.length) data = grow(data);
      sorted &&= length === 0 || read(data.at, length - 1) <= sample.at;
      for (const field of FIELDS) data[field][length] = sample[field];
      units.push(sample.unit);
      length += 1;
    },
    get length() {
      return length;
    },
    view() {
      sort();
      return data;
    },
    unit(index) {
      sort();
      return units[index] ?? 'None';
    },
    from(at) {
      sort();
      return lowerBound(data.at, length, at);
    },
  };
}

type Data = Record<Field, Float64Array>;

function allocate(capacity: number): Data {
  const column = () => new Float64Array(capacity);
  return { at: column(), count: column(), sum: column(), min: column(), max: column() };
}

function grow(data: Data): Data {
  const next = allocate(data.at.length * 2);
  for (const field of FIELDS) next[field].set(data[field]);
  return next;
}

/** Out of range is not a number, which no caller asks for and none would mistake for data. */
function read(column: Float64Array, index: number): number {
  return column[index] ?? Number.NaN;
}

function lowerBound(times: Float64Array, length: number, at: Instant): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (read(times, middle) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
