/** What authentication makes of a message. */

/** A message that is taken only once: until it is settled, a copy of it is held off. */
export interface Claim {
  /** True: it is taken, a copy is none of our business any more. False: it was not, and may come again. */
  settle(taken: boolean): void;
}

export type Judgement =
  | { readonly kind: 'proven'; readonly claim?: Claim }
  /** Authentic, and taken before: a copy. */
  | { readonly kind: 'repeated' }
  /** Authentic, and a copy of one that is being taken right now; or too many are remembered. */
  | { readonly kind: 'busy'; readonly because: string }
  /** `because` is in this program's own words and names no secret. */
  | { readonly kind: 'refused'; readonly because: string };

export type Headers = Readonly<Record<string, string>>;

export const refused = (because: string): Judgement => ({ kind: 'refused', because });
export const PROVEN: Judgement = { kind: 'proven' };
