/** Medians and percentiles of what was measured, and how far it spreads. */

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);

/** The smallest measured value that this share (0..1) of all values does not exceed; NaN when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const inOrder = sorted(values);
  return inOrder[Math.max(0, Math.ceil(share * inOrder.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Ratio of each pair that was measured side by side. */
export function ratios(measured: readonly number[], beside: readonly number[]): readonly number[] {
  return measured.map((value, index) => value / (beside[index] ?? Number.NaN));
}

/** `1.24 (1.20 to 1.31)`: the median, the smallest and the largest. */
export function spread(values: readonly number[], digits = 2): string {
  const shown = [median(values), Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${shown[0]} (${shown[1]} to ${shown[2]})`;
}
