/** Shares what many make alike, one after the other. */

/**
 * Gives what was made last again as long as it is asked for with the very same. Thousands of questions are read over the
 * same stretch at the same time: what each would hold of its own takes more memory than all the rest of it.
 */
export function lastMade<Args extends readonly unknown[], Made>(
  make: (...args: Args) => Made,
): (...args: Args) => Made {
  let last: { readonly args: Args; readonly made: Made } | undefined;
  return (...args) => {
    if (last?.args.every((arg, index) => arg === args[index]) !== true) last = { args, made: make(...args) };
    return last.made;
  };
}
