/** The clauses of a Metrics Insights query, cut apart. */
import { mathError } from '../math/math-error.ts';

export interface Clauses {
  readonly select: string;
  readonly from: string;
  readonly where: string | undefined;
  readonly groupBy: string | undefined;
  readonly orderBy: string | undefined;
  readonly limit: string | undefined;
}

/** One comparison of a WHERE clause. */
export interface Condition {
  readonly dimension: string;
  readonly equal: boolean;
  readonly value: string;
}

const CLAUSES =
  /^\s*SELECT\s+(?<select>.+?)\s+FROM\s+(?<from>.+?)(?:\s+WHERE\s+(?<where>.+?))?(?:\s+GROUP\s+BY\s+(?<groupBy>.+?))?(?:\s+ORDER\s+BY\s+(?<orderBy>.+?))?(?:\s+LIMIT\s+(?<limit>\d+))?\s*;?\s*$/is;

export function splitClauses(text: string): Clauses {
  const groups = CLAUSES.exec(text)?.groups;
  if (groups?.select === undefined || groups.from === undefined) {
    throw mathError(
      'A Metrics Insights query reads SELECT f(metric) FROM namespace [WHERE …] [GROUP BY …] [ORDER BY …] [LIMIT n]',
    );
  }
  const { select, from, where, groupBy, orderBy, limit } = groups;
  return { select, from, where, groupBy, orderBy, limit };
}

export function parseConditions(where: string | undefined): readonly Condition[] {
  if (where === undefined) return [];
  return where.split(/\s+AND\s+/i).map((part) => {
    const [, dimension, operator, value] = /^\s*("[^"]+"|[\w.-]+)\s*(!=|=)\s*'([^']*)'\s*$/.exec(part) ?? [];
    if (dimension === undefined || value === undefined) {
      throw mathError(
        `WHERE understands dimension = 'value' and dimension != 'value' joined by AND, found ${part.trim()}`,
      );
    }
    return { dimension: unquote(dimension), equal: operator === '=', value };
  });
}

export function unquote(text: string): string {
  return /^"(.*)"$/.exec(text)?.[1] ?? text;
}
