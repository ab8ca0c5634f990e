/** The triggers there are: one file or folder each, one line here. */
import { alarm } from './alarm/index.ts';
import { webhook } from './webhook/index.ts';

export const triggers = [alarm, webhook] as const;
