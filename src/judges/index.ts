/** The judges there are: one file each, one line here. */
import { threshold } from './threshold/index.ts';

export const judges = [threshold] as const;
