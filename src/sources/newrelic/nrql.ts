/** NRQL as far as places for a deployment need it, and what the source says itself. */
import type { Duration, Instant, Window } from '../../core/time.ts';
import { type Language, quotedProblem } from '../../remote/quoted.ts';

export const NRQL: Language = {
  name: 'NRQL',
  quotes: "'",
  raw: '`"',
  refuses: (before) =>
    /\bR?LIKE\s*\(?\s*$/i.test(before)
      ? 'expected {{…}} not behind LIKE or RLIKE, where a name would be a pattern'
      : undefined,
};

const OWN = /\b(SINCE|UNTIL|TIMESERIES|COMPARE\s+WITH|WITH\s+TIMEZONE)\b/i;

/** Why a text cannot be the query of a rule; undefined when it can. */
export function nrqlProblem(text: string): string | undefined {
  const problem = quotedProblem(text, NRQL);
  if (problem !== undefined) return problem;
  const code = text.replace(/'(?:\\.|[^'\\])*'|`[^`]*`/g, "''");
  const own = OWN.exec(code)?.[1]?.toUpperCase();
  if (own !== undefined)
    return `expected a query without ${own}: the time asked for and its buckets are the source's to say`;
  return /\bSELECT\b/i.test(code) && /\bFROM\b/i.test(code)
    ? undefined
    : 'expected an NRQL query, such as SELECT percentage(count(*), WHERE error IS true) FROM Transaction';
}

const milliseconds = (at: Instant) => String(at);

/** The query for whole periods: buckets are counted from the end, which lies on the grid. */
export function timed(text: string, period: Duration, { from, to }: Window): string {
  return `${text} TIMESERIES ${period / 1_000} seconds SINCE ${milliseconds(from)} UNTIL ${milliseconds(to)}`;
}
