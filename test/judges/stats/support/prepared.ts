/** Loads the special functions before any test of this file runs. */
import { prepareSpecial } from '../../../../src/judges/stats/special.ts';

await prepareSpecial();
