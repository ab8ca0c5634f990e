/** Takes under watch what a search sees, as soon as it sees it, and begins the first looks. */
import type { Ended, Found, OnSeen } from '../appconfig/discover.ts';
import type { Deployment } from '../core/deployment.ts';

/** The first looks at what was newly taken under watch: no search waits for their slowest rule. */
export interface FirstLooks {
  readonly done: Promise<unknown>;
}

export interface Takers {
  /** Takes what was found under watch; the deployment when it is newly so. Never rejects for what AWS does. */
  readonly takeUp: (found: Found, signal: AbortSignal) => Promise<Deployment | undefined>;
  /** Tells what ended, when nobody watched it and a policy would have. Never rejects for what AWS does. */
  readonly settle: (ended: Ended, signal: AbortSignal) => Promise<void>;
  /** The first look at what is newly under watch. */
  readonly look: (deployment: Deployment, signal: AbortSignal) => Promise<unknown>;
}

/** Resolves when the search is over and what it found is under watch. Rejects as the search does. */
export async function takeAsSeen(
  search: (onSeen: OnSeen) => Promise<unknown>,
  { takeUp, settle, look }: Takers,
  signal: AbortSignal,
): Promise<FirstLooks> {
  const taken: Promise<void>[] = [];
  const looks: Promise<unknown>[] = [];
  const take = async (found: Found) => {
    const deployment = await takeUp(found, signal);
    if (deployment !== undefined) looks.push(look(deployment, signal));
  };
  await search(({ found, ended }) => {
    taken.push(...found.map(take), ...ended.map((one) => settle(one, signal)));
  });
  await Promise.all(taken);
  return { done: Promise.all(looks) };
}
