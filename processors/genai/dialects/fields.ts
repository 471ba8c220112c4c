import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Call, CallTexts } from '../call.ts';
import { readCount, readFlag, readQuantity, readText, readTexts } from '../loose.ts';
import { toCost } from '../usage-object.ts';
import type { Usage } from '../usage.ts';

/** Which keys hold which field, the best first: the part of a dialect that is only spelling. */
export interface FieldKeys {
  readonly texts?: Partial<Record<keyof CallTexts, readonly string[]>>;
  readonly counts?: Partial<Record<Exclude<keyof Usage, 'audioSeconds'>, readonly string[]>>;
  readonly finishReasons?: readonly string[];
  readonly tags?: readonly string[];
  /** USD. */
  readonly cost?: readonly string[];
  readonly stream?: readonly string[];
  /** Seconds and milliseconds to the first chunk. */
  readonly firstChunkSeconds?: readonly string[];
  readonly firstChunkMs?: readonly string[];
}

/** Fills what a call does not have yet from attributes. */
export type FieldReader = (attributes: Attributes, call: Call) => void;

/** Interns the keys of a table and returns its reader. */
export function createFieldReader(keys: Keys, fields: FieldKeys): FieldReader {
  const intern = (names: readonly string[] = []): Key[] => names.map((name) => keys.key(name));
  // Object.entries of a typed record gives exactly its keys.
  const texts = Object.entries(fields.texts ?? {}).map(
    ([field, names]) => [field as keyof CallTexts, intern(names)] as const,
  );
  const counts = Object.entries(fields.counts ?? {}).map(
    ([field, names]) => [field as keyof Usage, intern(names)] as const,
  );
  const [finishReasons, tags, cost] = [fields.finishReasons, fields.tags, fields.cost].map(intern);
  const stream = intern(fields.stream);
  const seconds = intern(fields.firstChunkSeconds);
  const milliseconds = intern(fields.firstChunkMs);
  return (attributes, call) => {
    for (const [field, candidates] of texts) {
      call[field] ??= first(attributes, candidates, readText);
    }
    for (const [field, candidates] of counts) {
      call.usage[field] ??= first(attributes, candidates, readCount);
    }
    call.finishReasons ??= first(attributes, finishReasons, readTexts);
    call.tags ??= first(attributes, tags, readTexts);
    call.providedCost ??= toCost(first(attributes, cost, readQuantity));
    call.stream ??= first(attributes, stream, readFlag);
    call.timeToFirstChunk ??= first(attributes, seconds, readQuantity);
    call.timeToFirstChunk ??= inSeconds(first(attributes, milliseconds, readQuantity));
  };
}

function first<T>(
  attributes: Attributes,
  candidates: readonly Key[] | undefined,
  read: (attributes: Attributes, key: Key) => T | undefined,
): T | undefined {
  if (candidates === undefined) return undefined;
  for (const key of candidates) {
    const value = read(attributes, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
