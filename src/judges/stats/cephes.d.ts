/** What is used of cephes: its package declares its types for `require` only. */
declare module 'cephes' {
  /** Nothing can be computed before. */
  export const compiled: Promise<void>;
  /** Natural logarithm of |Γ(x)|; throws at 0, −1, −2, … */
  export function lgam(x: number): number;
  /** Complementary error function. */
  export function erfc(x: number): number;
  /** Quantile of the standard normal distribution for a probability strictly between 0 and 1. */
  export function ndtri(probability: number): number;
}
