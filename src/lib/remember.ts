/** A set that holds so many at most: the oldest are forgotten. */
export function remember<Value>(set: Set<Value>, value: Value, most: number): void {
  set.add(value);
  if (set.size <= most) return;
  for (const oldest of set) {
    set.delete(oldest);
    return;
  }
}
