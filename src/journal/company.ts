/** Notices another daemon that writes to the same file; a person's `stop` does so too, and is no other daemon. */
import type { DatabaseSync } from 'node:sqlite';
import { type Appended, readTip } from './write.ts';

/** Records that are no part of a stop and none of the journal's own: only a daemon writes them. */
const BY_A_DAEMON = `
SELECT count(*) AS n FROM record
WHERE seq > ? AND seq <= ? AND kind NOT LIKE 'stop-%' AND kind NOT LIKE 'journal-%'
`;

export interface Company {
  /** Looks at what others wrote since the last time. */
  appended(db: DatabaseSync, place: Appended): void;
  /** What is on record by now is known: the file is another one, or it was pruned. */
  startOver(db: DatabaseSync): void;
}

/** `onShared` is called once. */
export function company(onShared: () => void): Company {
  let last: number | undefined;
  let told = false;
  return {
    appended(db, place) {
      const others = !told && last !== undefined && place.after > last;
      if (others && Number(db.prepare(BY_A_DAEMON).get(last ?? 0, place.after)?.n) > 0) {
        told = true;
        onShared();
      }
      last = place.last;
    },
    startOver(db) {
      last = readTip(db).seq;
    },
  };
}
