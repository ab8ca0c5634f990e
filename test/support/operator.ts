/** An operator for tests of what stands around it: it knows no deployment and its circuit is closed. */
import type { Operator } from '../../src/http/operator.ts';

const nothing = () => ({ kind: 'unknown' as const, candidates: [] });

export const SILENT_OPERATOR: Operator = { stop: nothing, hold: nothing, release: nothing, resume: () => false };
