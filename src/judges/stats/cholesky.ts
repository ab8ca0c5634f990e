/** Small systems of linear equations whose matrix is symmetric and positive definite, as those of least squares are. */

/** Below this a pivot is taken for 0 rather than for information. */
const SMALLEST_PIVOT = 1e-12;

/**
 * x of A x = b. `matrix` is A by rows, n × n numbers, of which the lower triangle is read; `right` is b, n numbers. Neither is
 * changed. Undefined when A is not positive definite, or holds what is no number. Source: Cholesky's factorization A = L Lᵀ.
 */
export function solvePositiveDefinite(
  matrix: ArrayLike<number>,
  right: ArrayLike<number>,
): readonly number[] | undefined {
  const n = right.length;
  const lower = new Float64Array(n * n);
  const of = (row: number, column: number): number => lower[row * n + column] ?? 0;
  const before = (row: number, column: number): number => {
    let total = 0;
    for (let k = 0; k < column; k++) total += of(row, k) * of(column, k);
    return total;
  };
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < row; column++) {
      lower[row * n + column] = ((matrix[row * n + column] ?? 0) - before(row, column)) / of(column, column);
    }
    const pivot = (matrix[row * n + row] ?? 0) - before(row, row);
    if (!(pivot > SMALLEST_PIVOT && pivot < Number.POSITIVE_INFINITY)) return undefined;
    lower[row * n + row] = Math.sqrt(pivot);
  }
  const x = Array.from(right);
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < row; k++) x[row] = (x[row] ?? 0) - of(row, k) * (x[k] ?? 0);
    x[row] = (x[row] ?? 0) / of(row, row);
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let k = row + 1; k < n; k++) x[row] = (x[row] ?? 0) - of(k, row) * (x[k] ?? 0);
    x[row] = (x[row] ?? 0) / of(row, row);
  }
  return x;
}
