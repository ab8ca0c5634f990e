/** Whether what was measured hour by hour stays flat: a robust slope, the growth from beginning to end, or not one more. */

/** One row of the table: a whole hour of clock time. */
export interface Hour {
  readonly hour: number;
  /** Resident memory at its least within the hour, in MB. */
  readonly resident: number;
  /** Objects on the heap after a full collection, in MB. */
  readonly heap: number;
  /** At their least within the hour: what is under way comes and goes, what leaks stays. */
  readonly handles: number;
  readonly timers: number;
  /** Descriptors that are no sockets. */
  readonly files: number;
  /** Idle ones among them, which the SDK keeps for the next call. */
  readonly sockets: number;
  /** The journal's pages in use, in kB: its file is as large as they ever were. */
  readonly journal: number;
  readonly journalFile: number;
  /** The journal's write-ahead log, in kB. */
  readonly journalLog: number;
  /** Records written in this hour, by each deployment that began in it. */
  readonly recordsEach: number;
  /** 99th percentile, in real ms. */
  readonly lag: number;
  readonly watches: number;
  readonly deployments: number;
  readonly stops: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}

/** Theil-Sen: the median of the slopes between all pairs, which a few outliers do not move. Per step. */
export function slope(values: readonly number[]): number {
  const slopes = values.flatMap((from, i) => values.slice(i + 1).map((to, j) => (to - from) / (j + 1)));
  return median(slopes);
}

/** From the median of the first third to that of the last, as a share of the former. */
export function growth(values: readonly number[]): number {
  const third = Math.max(1, Math.floor(values.length / 3));
  const [first, last] = [median(values.slice(0, third)), median(values.slice(-third))];
  return (last - first) / first;
}

interface Bound {
  readonly what: string;
  readonly of: (hour: Hour) => number;
  readonly slope: number;
  readonly growth: number;
}

const BOUNDED: readonly Bound[] = [
  { what: 'resident memory (MB)', of: (hour) => hour.resident, slope: 1.5, growth: 0.1 },
  { what: 'objects on the heap (MB)', of: (hour) => hour.heap, slope: 0.15, growth: 0.1 },
  { what: 'journal in use (kB)', of: (hour) => hour.journal, slope: 20, growth: 0.25 },
  { what: 'records of each deployment', of: (hour) => hour.recordsEach, slope: 2, growth: 0.3 },
];

const EXACT: readonly { readonly what: string; readonly of: (hour: Hour) => number }[] = [
  { what: 'handles', of: (hour) => hour.handles },
  { what: 'timers', of: (hour) => hour.timers },
  { what: 'open files', of: (hour) => hour.files },
];

/**
 * What only ever grows towards a mark is held to that mark. Four connection pools of at most 64, where an idle connection
 * stays for a minute of real time, many hours of the clock. The journal's file holds the two hours there are before a
 * pruning where its retention is one, and half as much again for the hours that were busier; its log is taken in at
 * 16.384 MB, and goes on a bit while somebody reads.
 */
const MARKED: readonly {
  readonly what: string;
  readonly of: (hour: Hour) => number;
  readonly mark: (hours: readonly Hour[]) => number;
}[] = [
  { what: 'sockets', of: (hour) => hour.sockets, mark: () => 4 * 64 },
  {
    what: 'file of the journal (kB)',
    of: (hour) => hour.journalFile,
    mark: (hours) => 3 * median(hours.map(({ journal }) => journal)),
  },
  { what: 'log of the journal (kB)', of: (hour) => hour.journalLog, mark: () => 20_000 },
];

export interface Finding {
  readonly what: string;
  readonly flat: boolean;
  readonly figures: string;
}

/** What stands after the warm-up, judged; never fewer than six hours. */
export function judgeHours(all: readonly Hour[], warmUp: number): readonly Finding[] {
  const hours = all.filter(({ hour }) => hour > warmUp);
  if (hours.length < 6) throw new Error(`${hours.length} hours after the warm-up: too few to tell a slope from noise`);
  const bounded = BOUNDED.map(({ what, of, ...most }) => {
    const values = hours.map(of);
    const [steep, grown] = [slope(values), growth(values)];
    const figures = `${steep.toFixed(3)} an hour (at most ${most.slope}), ${(100 * grown).toFixed(1)} % in all (at most ${100 * most.growth} %)`;
    return { what, flat: steep <= most.slope && grown <= most.growth, figures };
  });
  const exact = EXACT.map(({ what, of }) => {
    const values = hours.map(of);
    const half = Math.floor(values.length / 2);
    // Of several hours the quietest: on a busy machine something is under way at every look of an hour.
    const [before, after] = [Math.min(...values.slice(0, half)), Math.min(...values.slice(half))];
    return { what, flat: after <= before, figures: `${before} in the first half, ${after} in the second` };
  });
  const marked = MARKED.map(({ what, of, mark }) => {
    const [most, bound] = [Math.max(...hours.map(of)), mark(hours)];
    return { what, flat: most <= bound, figures: `at most ${most.toFixed(0)}, of ${bound.toFixed(0)}` };
  });
  return [...bounded, ...exact, ...marked];
}
