/** The triggers there are: one file or folder each, one line here. */
import { alarm } from './alarm/index.ts';

export const triggers = [alarm] as const;
