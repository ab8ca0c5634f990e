/** The series of a window, out of what is held. */
import type { Series } from '../../core/series.ts';
import type { Instant, Window } from '../../core/time.ts';
import { ColumnSeries } from '../../lib/column-series.ts';
import { alignDown, alignUp } from '../../lib/periods.ts';
import type { Held } from './held.ts';

/**
 * The very same series as long as nothing new has settled or was answered, so that whoever judged it need not again.
 * `stretch` bounds it too: a partial period that another rule's ask brought must not slip in.
 */
export function seriesOf(held: Held, window: Window, stretch: Window, now: Instant): Series {
  const { text: query, period, growing, metrics: named } = held.question;
  const settledUntil = alignDown(now - held.settle, period);
  const from = Math.max(alignUp(window.from, period), stretch.from);
  const to = alignUp(Math.min(window.to, stretch.to), period);
  const last = held.served;
  if (last !== undefined && last.from === from && last.to === to && last.settledUntil === settledUntil) return last;
  const { points, inputs, changes } = held;
  const made = new ColumnSeries({ query, period, growing, points, inputs, named, changes }, { from, to }, settledUntil);
  held.served = made;
  return made;
}
