/** Credentials of a role: assumed once for every client that asks as it, and in time before they end. */
import type { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { once } from '../lib/once.ts';

export interface AssumeRole {
  readonly arn: string;
  readonly externalId?: string;
  readonly sessionName?: string;
}

interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** What every role allows; a role that is assumed by way of another one gets no more. */
const HELD_FOR = 3_600_000;
/** Fetched anew so long before the end, and used on when that fails. */
const SPARE = 10 * 60_000;

export interface Timing {
  /** The time of day, which may be put forward or back. */
  readonly wall: () => number;
  /** Never goes back, but stands still while the machine sleeps. */
  readonly steady: () => number;
}
const MACHINE: Timing = { wall: () => Date.now(), steady: () => performance.now() };

/**
 * Holds what `fetch` gives for its hour, by whichever of two clocks says first that it is over. By the time of day alone
 * (as the SDK does it) keys would be used long after their end on a machine whose clock was put back.
 */
export function heldCredentials(fetch: () => Promise<Identity>, timing: Timing = MACHINE): () => Promise<Identity> {
  let held: { readonly identity: Identity; readonly wall: number; readonly steady: number } | undefined;
  let pending: Promise<Identity> | undefined;
  const age = () =>
    held === undefined ? Number.POSITIVE_INFINITY : Math.max(timing.wall() - held.wall, timing.steady() - held.steady);
  const renew = async () => {
    const [wall, steady] = [timing.wall(), timing.steady()];
    // A time that is over makes each client ask here again, instead of judging by the time of day.
    const identity = { ...(await fetch()), expiration: new Date(0) };
    held = { identity, wall, steady };
    return identity;
  };
  return async () => {
    const old = held?.identity;
    if (old !== undefined && age() < HELD_FOR - SPARE) return old;
    pending ??= renew().finally(() => {
      pending = undefined;
    });
    // One whose end is near serves until the next one is there.
    if (old === undefined || age() >= HELD_FOR) return pending;
    pending.catch(() => undefined);
    return old;
  };
}

export function roleCredentials(
  { arn, externalId, sessionName }: AssumeRole,
  clientConfig: Parameters<typeof fromTemporaryCredentials>[0]['clientConfig'] & object,
): () => Promise<Identity> {
  // Loaded at the first call: most targets are reached with the credentials of the machine.
  const provider = once(async () => {
    const providers = await import('@aws-sdk/credential-providers');
    return providers.fromTemporaryCredentials({
      params: {
        RoleArn: arn,
        RoleSessionName: sessionName ?? 'appconfig-watchdog',
        DurationSeconds: HELD_FOR / 1_000,
        ...(externalId ? { ExternalId: externalId } : {}),
      },
      clientConfig,
    });
  });
  return heldCredentials(async () => (await provider())());
}
