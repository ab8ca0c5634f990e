/** Time as the core sees it: numbers that are passed in, never read. */

/** Milliseconds since the Unix epoch, UTC. */
export type Instant = number;

/** A length of time in milliseconds. */
export type Duration = number;

/** A half-open stretch of time: `from` is inside, `to` is not. */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

/** Whether a number can be an instant: dates end 100 million days from the epoch. */
export function isInstant(at: number): boolean {
  return Math.abs(at) <= 8.64e15;
}

/** Instants of one cycle, which thousands of verdicts share. */
const written = new Map<Instant, string>();
const MOST_WRITTEN = 1_000;

/** ISO 8601 in UTC with milliseconds; the form every record and log line uses. */
export function iso(at: Instant): string {
  const known = written.get(at);
  if (known !== undefined) return known;
  if (written.size >= MOST_WRITTEN) written.clear();
  const text = new Date(at).toISOString();
  written.set(at, text);
  return text;
}

const UNITS: readonly (readonly [string, Duration])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** A duration the way people and policy files write it: `90s`, `5m`, `1h30m`; below a second `250ms`. */
export function formatDuration(duration: Duration): string {
  const whole = Math.round(Math.abs(duration));
  if (whole < 1_000) return `${whole}ms`;
  let rest = Math.round(whole / 1_000) * 1_000;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.slice(0, 2).join('');
}
