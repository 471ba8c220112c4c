/**
 * An interned attribute key. Comparing keys is comparing ids, so lookups on the hot path never decode a key.
 * Only `createKeys` makes one; a key is valid in the thread that made it.
 */
export interface Key {
  /** Dense, from 0, in order of interning. */
  readonly id: number;
  readonly name: string;
}

/** The interning table of one thread. Components ask for their keys while the graph is built, never per batch. */
export interface Keys {
  /** Returns the one key of that name, interning it on first use. */
  key(name: string): Key;
}
