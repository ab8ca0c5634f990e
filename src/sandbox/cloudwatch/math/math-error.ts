/** What is wrong with an expression; the query that holds it adds its id. */

export class MathError extends Error {}

export function mathError(message: string): MathError {
  return new MathError(message);
}
