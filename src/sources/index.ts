/** The sources there are: one file or folder each, one line here. */
import { cloudwatch } from './cloudwatch/index.ts';

export const sources = [cloudwatch] as const;
