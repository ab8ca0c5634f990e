/** Adds to a set that holds so many at most: the oldest is forgotten. */
export function remember(set: Set<string>, value: string, most: number): void {
  set.add(value);
  const [oldest] = set;
  if (set.size > most && oldest !== undefined) set.delete(oldest);
}
