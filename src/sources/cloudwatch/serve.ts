/** The series of a window, out of what is held. */
import type { Point, Series } from '../../core/series.ts';
import type { Instant, Window } from '../../core/time.ts';
import type { Numbers } from './answer.ts';
import type { Held } from './held.ts';
import { alignUp } from './limits.ts';

/** Points whose period begins in the window, oldest first. */
function pointsOf(held: Held, numbers: Numbers, window: Window, settledUntil: Instant): readonly Point[] {
  const { period } = held.question;
  const points: Point[] = [];
  for (const [at, value] of numbers) {
    if (at >= window.from && at < window.to) points.push({ at, value, settled: at + period <= settledUntil });
  }
  return points.sort((a, b) => a.at - b.at);
}

/** `stretch` bounds it too: a partial period that another rule's ask brought must not slip in. */
export function seriesOf(held: Held, window: Window, stretch: Window, now: Instant): Series {
  const settledUntil = now - held.settle;
  const { period } = held.question;
  const within = { from: Math.max(alignUp(window.from, period), stretch.from), to: Math.min(window.to, stretch.to) };
  const read = (numbers: Numbers) => pointsOf(held, numbers, within, settledUntil);
  return {
    query: held.question.text,
    from: within.from,
    period,
    points: read(held.points),
    growing: held.question.growing,
    settledUntil,
    inputs: Object.fromEntries([...held.inputs].map(([name, numbers]) => [name, read(numbers)])),
  };
}
