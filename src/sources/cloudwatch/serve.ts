/** The series of a window, out of what is held. */
import type { Point, Series } from '../../core/series.ts';
import type { Instant, Window } from '../../core/time.ts';
import { type Column, indexOf } from '../../lib/column.ts';
import { alignDown, alignUp } from '../../lib/periods.ts';
import type { Held } from './held.ts';

/**
 * The points are made when they are looked at, from numbers that do not change: thousands of series are held from one
 * poll to the next, and most of them are not looked at again.
 */
class HeldSeries implements Series {
  readonly query: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly period: number;
  readonly growing: boolean;
  readonly settledUntil: Instant;
  readonly #points: Column;
  readonly #inputs: ReadonlyMap<string, Column>;

  constructor({ question, points, inputs }: Held, within: Window, settledUntil: Instant) {
    this.query = question.text;
    this.from = within.from;
    this.to = within.to;
    this.period = question.period;
    this.growing = question.growing;
    this.settledUntil = settledUntil;
    this.#points = points;
    this.#inputs = inputs;
  }

  get points(): readonly Point[] {
    return this.#read(this.#points);
  }

  get inputs(): Readonly<Record<string, readonly Point[]>> {
    return Object.fromEntries([...this.#inputs].map(([name, numbers]) => [name, this.#read(numbers)]));
  }

  /** Points whose period begins in the window, oldest first. */
  #read(numbers: Column): readonly Point[] {
    const points: Point[] = [];
    const end = indexOf(numbers, this.to);
    for (let index = indexOf(numbers, this.from); index < end; index++) {
      const [at, value] = [numbers.at[index], numbers.values[index]];
      if (at === undefined || value === undefined) continue;
      points.push({ at, value, settled: at + this.period <= this.settledUntil });
    }
    return points;
  }
}

/**
 * The very same series as long as nothing new has settled or was answered, so that whoever judged it need not again.
 * `stretch` bounds it too: a partial period that another rule's ask brought must not slip in.
 */
export function seriesOf(held: Held, window: Window, stretch: Window, now: Instant): Series {
  const { period } = held.question;
  const settledUntil = alignDown(now - held.settle, period);
  const from = Math.max(alignUp(window.from, period), stretch.from);
  const to = alignUp(Math.min(window.to, stretch.to), period);
  const last = held.served;
  if (last !== undefined && last.from === from && last.to === to && last.settledUntil === settledUntil) return last;
  const made = new HeldSeries(held, { from, to }, settledUntil);
  held.served = made;
  return made;
}
