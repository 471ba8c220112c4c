import type { JsonTokenizer } from '../json/tokenizer.ts';
import type { Field, Message } from './schema.ts';

interface Candidate {
  readonly name: Uint8Array;
  readonly field: Field;
}

/** Finds a message's field by the key that the tokenizer stands on, without making a string of it. */
export type FieldFinder = (bytes: Uint8Array, tokens: JsonTokenizer) => Field | undefined;

/**
 * Makes a finder for one message. Keys are told apart by length, first and last byte; the one or two candidates that
 * are left are compared in full. A string and a Map lookup a key cost three times as much.
 */
export function createFieldFinder(message: Message): FieldFinder {
  const candidates = new Map<number, Candidate[]>();
  for (const [text, field] of message.byName) {
    const name = Buffer.from(text);
    const hash = hashKey(name, 0, name.length);
    const sameHash = candidates.get(hash) ?? [];
    sameHash.push({ name, field });
    candidates.set(hash, sameHash);
  }
  return (bytes, tokens) => {
    if (tokens.escaped) return message.byName.get(tokens.string());
    const start = tokens.start + 1;
    const size = tokens.end - 1 - start;
    for (const { name, field } of candidates.get(hashKey(bytes, start, size)) ?? []) {
      if (isSame(name, bytes, start)) return field;
    }
    return undefined;
  };
}

function hashKey(bytes: Uint8Array, start: number, size: number): number {
  return (size << 16) | ((bytes[start] ?? 0) << 8) | (bytes[start + size - 1] ?? 0);
}

function isSame(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
