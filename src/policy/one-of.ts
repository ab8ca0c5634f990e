/** The options of the plugins of a registry, as a policy file names one of them. */
import { z } from 'zod';
import { whenNamed } from '../lib/when-read.ts';

interface Kind<Options extends z.ZodObject> {
  readonly kind: string;
  readonly options: () => Options;
}

/** The options of one plugin out of a registry, told apart by `kind`; built for the kinds that a file names. */
export function oneOf<const Options extends readonly z.ZodObject[]>(
  plugins: {
    readonly [Index in keyof Options]: Kind<Options[Index]>;
  },
) {
  const [first, ...rest] = plugins.map(({ kind, options }) => whenNamed<Options[number]>(kind, options));
  if (first === undefined) throw new Error('a registry of plugins is empty');
  const kinds = plugins.map((plugin) => plugin.kind).join(' | ');
  return z.discriminatedUnion('kind', [first, ...rest], {
    error: (issue) => (issue.code === 'invalid_union' ? `expected ${kinds}` : undefined),
  });
}
