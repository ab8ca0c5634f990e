/** Numbers out of any JSON, by paths. */
import { FailureError } from '../../core/failure.ts';
import type { Json } from '../../core/json.ts';
import { type Duration, type Instant, isInstant } from '../../core/time.ts';
import type { Numbers } from '../../lib/column.ts';
import { malformedAnswer } from '../../lib/http.ts';
import { jsonPath } from '../../lib/json-path.ts';
import { alignDown, alignUp } from '../../lib/periods.ts';
import { type Fold, foldValues } from '../../remote/fold.ts';
import type { HttpQuery } from './options.ts';

type Points = NonNullable<HttpQuery['points']>;

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number, also one in quotes; null is none. */
function numberOf(what: string, found: Json, path: string): number | undefined {
  if (found === null) return undefined;
  const number = typeof found === 'string' && DECIMAL.test(found.trim()) ? Number(found) : found;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  const kind = Array.isArray(found) ? 'a list' : typeof found === 'object' ? 'a map' : `a ${typeof found}`;
  throw malformedAnswer(what, `${path} is not a number but ${kind}`);
}

/** One value out of those of a period. */
function one(what: string, fold: Fold, values: readonly number[], where: string): number | undefined {
  if (fold !== 'fail') return foldValues(fold, values);
  if (values.length <= 1) return values[0];
  const message = `${what}: ${values.length} values ${where} and a rule judges one; make the path find one, or say how to \`fold\` them`;
  throw new FailureError({ reason: 'rejected', retryable: false, message });
}

function valuesAt(what: string, json: Json, path: string): readonly number[] {
  return jsonPath(path)(json).flatMap((found) => numberOf(what, found, path) ?? []);
}

/** The one number of an answer; undefined where there is none. */
export function readNumber(what: string, json: Json, { value, fold }: HttpQuery): number | undefined {
  return one(what, fold, valuesAt(what, json, value), `at ${value}`);
}

function instantOf(what: string, found: Json | undefined, { time, unit }: Points): Instant {
  const number = typeof found === 'string' && DECIMAL.test(found.trim()) ? Number(found) : found;
  const at =
    unit === 'iso'
      ? typeof found === 'string'
        ? Date.parse(found)
        : Number.NaN
      : typeof number === 'number'
        ? number * (unit === 's' ? 1_000 : 1)
        : Number.NaN;
  if (!isInstant(at)) throw malformedAnswer(what, `${time} is not a time (${unit})`);
  return at;
}

function periodOf(at: Instant, period: Duration, { stamp }: Points): Instant {
  return stamp === 'start' ? alignDown(at, period) : alignUp(at, period) - period;
}

/** The points of an answer, by the period each belongs to. */
export function readPoints(what: string, json: Json, query: HttpQuery, points: Points): Numbers {
  const gathered = new Map<Instant, number[]>();
  for (const point of jsonPath(points.path)(json)) {
    const at = periodOf(instantOf(what, jsonPath(points.time)(point)[0], points), query.period, points);
    const values = gathered.get(at) ?? [];
    gathered.set(at, values);
    values.push(...valuesAt(what, point, query.value));
  }
  const folded = [...gathered].map(([at, values]) => [at, one(what, query.fold, values, 'in one period')] as const);
  return new Map(folded.flatMap(([at, value]) => (value === undefined ? [] : [[at, value]])));
}
