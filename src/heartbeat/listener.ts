/** Who hears that the daemon is alive, and what is said. */

/** How the daemon is: `starting` until it has looked once. */
export type Pulse =
  | { readonly kind: 'starting' }
  | { readonly kind: 'well' }
  | { readonly kind: 'ill'; readonly because: readonly string[] };

export type Word =
  | { readonly kind: 'start' }
  | { readonly kind: 'well' }
  | { readonly kind: 'fail'; readonly because: readonly string[] };

export interface Listener {
  readonly kind: 'url' | 'cloudwatch';
  /** Rejects with a FailureError. */
  say(word: Word, signal: AbortSignal): Promise<void>;
}
