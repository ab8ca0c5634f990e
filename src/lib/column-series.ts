/** A series out of held columns. */
import type { Columns, Point, Series } from '../core/series.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import { type Changes, unchangedUntil } from './changes.ts';
import { type Column, EMPTY, indexOf } from './column.ts';
import { lastMade } from './last-made.ts';

/** What a source holds of one question at a moment. */
export interface HeldColumns {
  readonly query: string;
  readonly period: Duration;
  readonly growing: boolean;
  readonly points: Column;
  readonly inputs: readonly Column[];
  /** Whose the inputs are, in their order. */
  readonly named: readonly { readonly name: string }[];
  readonly changes: Changes;
}

/** What a series covers, and up to where it is final. */
interface Stretch extends Window {
  readonly settledUntil: Instant;
}

const stretchOf = lastMade(
  (from: Instant, to: Instant, settledUntil: Instant): Stretch => ({ from, to, settledUntil }),
);

/**
 * The points are made when they are looked at, from numbers that do not change: thousands of series are held from one
 * poll to the next, and most of them are not looked at again.
 */
export class ColumnSeries implements Series {
  readonly query: string;
  readonly period: Duration;
  readonly growing: boolean;
  readonly #stretch: Stretch;
  readonly #points: Column;
  readonly #inputs: readonly Column[];
  readonly #named: HeldColumns['named'];
  readonly #changes: Changes;

  constructor(held: HeldColumns, span: Window, settledUntil: Instant) {
    const { query, period, growing, points, inputs, named, changes } = held;
    this.query = query;
    this.period = period;
    this.growing = growing;
    this.#stretch = stretchOf(span.from, span.to, settledUntil);
    this.#points = points;
    this.#inputs = inputs;
    this.#named = named;
    this.#changes = changes;
  }

  get from(): Instant {
    return this.#stretch.from;
  }

  get to(): Instant {
    return this.#stretch.to;
  }

  get settledUntil(): Instant {
    return this.#stretch.settledUntil;
  }

  get points(): readonly Point[] {
    return this.#read(this.#points, this.from);
  }

  get inputs(): Readonly<Record<string, readonly Point[]>> {
    return this.#inputsSince(this.from);
  }

  tail(from: Instant): Pick<Series, 'points' | 'inputs'> {
    const begin = Math.max(from, this.from);
    const [points, inputs] = [() => this.#read(this.#points, begin), () => this.#inputsSince(begin)];
    return {
      get points() {
        return points();
      },
      get inputs() {
        return inputs();
      },
    };
  }

  columns(): Columns {
    const { at, values } = this.#points;
    return { at, values, begin: indexOf(this.#points, this.from), end: indexOf(this.#points, this.to) };
  }

  sameUntil(earlier: Series): Instant {
    if (!(earlier instanceof ColumnSeries) || earlier.from !== this.from) return Number.NEGATIVE_INFINITY;
    const ends = [this.to, earlier.to, this.settledUntil, earlier.settledUntil];
    return Math.min(unchangedUntil(this.#changes, earlier.#changes), ...ends);
  }

  #inputsSince(from: Instant): Readonly<Record<string, readonly Point[]>> {
    const inputs = this.#named.map(({ name }, index) => [name, this.#read(this.#inputs[index] ?? EMPTY, from)]);
    return Object.fromEntries(inputs);
  }

  /** Points whose period begins in the window, oldest first. */
  #read(numbers: Column, from: Instant): readonly Point[] {
    const { to, settledUntil } = this.#stretch;
    const [begin, end] = [indexOf(numbers, from), indexOf(numbers, to)];
    // A list that is made at its length: one that grows takes twice as much, and there are tens of thousands.
    return numbers.at.slice(begin, end).map((at, index) => ({
      at,
      value: numbers.values[begin + index] ?? Number.NaN,
      settled: at + this.period <= settledUntil,
    }));
  }
}
