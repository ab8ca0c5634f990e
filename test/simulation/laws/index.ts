/** Every law a run is held to, by name. */
import type { Ran } from '../run.ts';
import * as alive from './alive.ts';
import type { Law } from './law.ts';
import * as records from './records.ts';
import * as safety from './safety.ts';
import { calmIsQuiet, harmIsStoppedInTime, harmIsStoppedOrTold, unwatchedIsTold } from './timely.ts';

export const LAWS: Readonly<Record<string, Law>> = {
  ...safety,
  ...records,
  ...alive,
  harmIsStoppedInTime,
  harmIsStoppedOrTold,
  calmIsQuiet,
  unwatchedIsTold,
};

export interface Broken {
  readonly law: string;
  readonly what: string;
}

/** Every law that a run broke, with what broke it. */
export function broken(ran: Ran): readonly Broken[] {
  return Object.entries(LAWS).flatMap(([law, holds]) => holds(ran).map((what) => ({ law, what })));
}
