/** Student's t distribution, which takes outliers calmly. */
import { logGamma } from './special.ts';

/** ln density of a centred Student-t with `scale2` the square of its scale (which is not its variance). */
export function studentTLogDensity(error: number, df: number, scale2: number): number {
  const norm = logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df * Math.PI * scale2);
  return norm - ((df + 1) / 2) * Math.log1p((error * error) / (df * scale2));
}
