/** The query of one deployment, out of a query with places: equal ones are one object, so that caches hold. */
import type { Deployment } from '../core/deployment.ts';

/** So many different fillings of one query are remembered; what is forgotten is only made again. */
const MOST_REMEMBERED = 1_000;

/**
 * `filled` gives the parts of a query that have places, filled; nothing where there are none, so that the query itself
 * is the answer.
 */
export function perDeployment<Query extends object>(
  filled: (query: Query, deployment: Deployment) => Partial<Query> | undefined,
): (query: Query, deployment: Deployment) => Query {
  const byQuery = new WeakMap<Query, Map<string, Query>>();
  return (query, deployment) => {
    const parts = filled(query, deployment);
    if (parts === undefined) return query;
    const known = byQuery.get(query) ?? new Map<string, Query>();
    byQuery.set(query, known);
    const key = JSON.stringify(parts);
    const found = known.get(key);
    if (found !== undefined) return found;
    const [oldest] = known.keys();
    if (known.size >= MOST_REMEMBERED && oldest !== undefined) known.delete(oldest);
    const made = { ...query, ...parts };
    known.set(key, made);
    return made;
  };
}
