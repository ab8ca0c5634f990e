/** A map that forgets what was not touched for longest when there is too much of it. */

export interface BoundedMap<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
}

export function boundedMap<Key, Value>(most: number): BoundedMap<Key, Value> {
  // A Map keeps the order of insertion: what is touched is put at its end.
  const held = new Map<Key, Value>();
  const put = (key: Key, value: Value) => {
    held.delete(key);
    held.set(key, value);
    if (held.size <= most) return;
    for (const oldest of held.keys()) {
      held.delete(oldest);
      return;
    }
  };
  return {
    get(key) {
      const value = held.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set: put,
    delete: (key) => void held.delete(key),
  };
}
