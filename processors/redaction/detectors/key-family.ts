/** A family of keys that is known by how it starts; the formats are their vendors' own, as published. */
export interface KeyFamily {
  readonly literals: readonly string[];
  /** Without the end of the token's alphabet, which is added. */
  readonly pattern: string;
  /** Bytes of the key in front of the literal. */
  readonly lead?: number;
  /** Bits a character that the key must have at least, where its prefix alone is a word. */
  readonly minEntropy?: number;
}

/** Letters of a UUID in lower case, for families that have one behind a prefix. */
export const uuidPattern = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';
