/** Stretches of time as sets: what is held, what is still missing. */
import type { Window } from '../core/time.ts';

/** Sorted, disjoint, none empty. */
export type Spans = readonly Window[];

export function add(spans: Spans, span: Window): Spans {
  if (span.to <= span.from) return spans;
  const [only] = spans;
  // Almost always it goes on where the one before it ends.
  if (only !== undefined && spans.length === 1 && only.to >= span.from && only.from <= span.to) {
    return [{ from: Math.min(only.from, span.from), to: Math.max(only.to, span.to) }];
  }
  const apart = spans.filter((held) => held.to < span.from || held.from > span.to);
  const touching = spans.filter((held) => held.to >= span.from && held.from <= span.to);
  const from = Math.min(span.from, ...touching.map((held) => held.from));
  const to = Math.max(span.to, ...touching.map((held) => held.to));
  return [...apart, { from, to }].sort((a, b) => a.from - b.from);
}

/** What of the span the spans do not cover. */
export function missing(span: Window, spans: Spans): Spans {
  const gaps: Window[] = [];
  let from = span.from;
  for (const held of spans) {
    if (held.to <= from || held.from >= span.to) continue;
    if (held.from > from) gaps.push({ from, to: held.from });
    from = Math.max(from, held.to);
  }
  if (from < span.to) gaps.push({ from, to: span.to });
  return gaps;
}

/** The shortest stretch that holds them all; undefined when there are none. */
export function hull(spans: Spans): Window | undefined {
  const [first] = spans;
  const last = spans.at(-1);
  return first && last ? { from: first.from, to: last.to } : undefined;
}
