/** The option --speed: how many times faster than the real one a sandbox's clock runs. */
import { InvalidArgumentError } from 'commander';

/** A number above 0, at most a day in a second; throws commander's error for anything else. */
export function speedOf(text: string): number {
  const speed = Number(text);
  if (!(speed > 0 && speed <= 86_400)) throw new InvalidArgumentError('expected a number above 0, at most 86400.');
  return speed;
}
