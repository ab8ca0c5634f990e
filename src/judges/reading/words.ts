/** Numbers of evidence in words. */
import type { Interval } from '../stats/effect.ts';

/**
 * A sentence in one piece. A template leaves the tree of its parts in memory for as long as the sentence is held, twice
 * its size, and ten thousand are.
 */
export function sentence(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts.flatMap((part, index) => [part, values[index] ?? '']).join('');
}

/** Two significant digits below a hundred. */
export function ratioInWords(ratio: number): string {
  return ratio >= 9.95 ? ratio.toFixed(0) : ratio.toFixed(ratio >= 1 ? 1 : 2);
}

/** `4.7× (3.5–8.0)` */
export function effectInWords({ rateRatio, low, high }: Interval & { readonly rateRatio: number }): string {
  return `${ratioInWords(rateRatio)}× (${ratioInWords(low)}–${ratioInWords(high)})`;
}

const LARGEST_TOLD = 1e6;

/** E from its logarithm: what is more than a million is not read as a number. */
export function evidenceInWords(logEvidence: number): string {
  const evidence = Math.exp(logEvidence);
  if (evidence > LARGEST_TOLD) return 'over a million';
  return evidence >= 10 ? evidence.toFixed(0) : evidence.toPrecision(2);
}

export const percentInWords = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/** Keeps a number that JSON can hold. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
