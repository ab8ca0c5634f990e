/**
 * The special functions the judges need, from cephes, which scipy computes them with as well: what was measured in Python
 * is what is judged here. It is WebAssembly of some 50 ms and 14 MB, so it is loaded when somebody asks for it, and
 * never otherwise; until then the functions throw.
 */

interface Special {
  lgam(x: number): number;
  erfc(x: number): number;
  ndtri(probability: number): number;
}

function unprepared(): never {
  throw new Error('the special functions have not been loaded');
}

let special: Special = { lgam: unprepared, erfc: unprepared, ndtri: unprepared };
let loading: Promise<void> | undefined;

async function load(): Promise<void> {
  const { compiled, lgam, erfc, ndtri } = await import('cephes');
  await compiled;
  special = { lgam, erfc, ndtri };
}

/** Loads them, once; the same values ever after, so that what stands on them stays pure. */
export function prepareSpecial(): Promise<void> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Natural logarithm of |Γ(x)|. */
export const logGamma = (x: number): number => special.lgam(x);
/** Complementary error function. */
export const erfc = (x: number): number => special.erfc(x);
/** Quantile of the standard normal distribution for a probability strictly between 0 and 1. */
export const normalQuantile = (probability: number): number => special.ndtri(probability);
