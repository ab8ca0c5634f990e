/** A series out of held columns. */
import type { Columns, Point, Series } from '../core/series.ts';
import type { Duration, Instant, Window } from '../core/time.ts';
import { type Changes, unchangedUntil } from './changes.ts';
import { type Column, indexOf } from './column.ts';

/** What a source holds of one question at a moment. */
export interface HeldColumns {
  readonly query: string;
  readonly period: Duration;
  readonly growing: boolean;
  readonly points: Column;
  readonly inputs: ReadonlyMap<string, Column>;
  readonly changes: Changes;
}

/**
 * The points are made when they are looked at, from numbers that do not change: thousands of series are held from one
 * poll to the next, and most of them are not looked at again.
 */
export class ColumnSeries implements Series {
  readonly query: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly period: Duration;
  readonly growing: boolean;
  readonly settledUntil: Instant;
  readonly #points: Column;
  readonly #inputs: ReadonlyMap<string, Column>;
  readonly #changes: Changes;

  constructor({ query, period, growing, points, inputs, changes }: HeldColumns, span: Window, settledUntil: Instant) {
    this.query = query;
    this.from = span.from;
    this.to = span.to;
    this.period = period;
    this.growing = growing;
    this.settledUntil = settledUntil;
    this.#points = points;
    this.#inputs = inputs;
    this.#changes = changes;
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
    return Object.fromEntries([...this.#inputs].map(([name, numbers]) => [name, this.#read(numbers, from)]));
  }

  /** Points whose period begins in the window, oldest first. */
  #read(numbers: Column, from: Instant): readonly Point[] {
    const points: Point[] = [];
    const end = indexOf(numbers, this.to);
    for (let index = indexOf(numbers, from); index < end; index++) {
      const [at, value] = [numbers.at[index], numbers.values[index]];
      if (at === undefined || value === undefined) continue;
      points.push({ at, value, settled: at + this.period <= this.settledUntil });
    }
    return points;
  }
}
