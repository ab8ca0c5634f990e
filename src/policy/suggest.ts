/** "Did you mean": the known word nearest to a mistyped one. */

/** Edits between two words; a swap of neighbours counts as one (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1);
      current.push(best);
    }
    before = above;
    above = current;
  }
  return above[to.length] ?? 0;
}

/** A file may name thousands, and misspell as many. */
const MOST_COMPARED = 200;
const MOST_LISTED = 30;

/** The word out of `known` that was probably meant, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const ranked = known
    .slice(0, MOST_COMPARED)
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

/** `a | b`, and after it the nearest one when there is one. */
export function choice(word: string, known: readonly string[]): string {
  const listed = known.slice(0, MOST_LISTED).join(' | ');
  const list = known.length > MOST_LISTED ? `${listed} | … (${known.length} in all)` : listed;
  const meant = known.length > 1 ? nearest(word, known) : undefined;
  return meant === undefined ? list : `${list} (did you mean ${meant}?)`;
}
