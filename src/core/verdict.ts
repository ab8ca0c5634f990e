/** What a rule says about a deployment, and why. */
import type { Failure } from './failure.ts';
import type { JsonObject } from './json.ts';

/** `healthy` and `breached` are knowledge; `inconclusive` was asked and cannot tell; `unknown` could not be asked. */
export type Verdict =
  | { readonly kind: 'healthy' | 'breached' | 'inconclusive'; readonly because: string; readonly evidence?: JsonObject }
  | { readonly kind: 'unknown'; readonly because: string; readonly failure: Failure };

export type VerdictKind = Verdict['kind'];
