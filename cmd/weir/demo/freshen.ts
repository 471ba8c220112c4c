import { randomBytes } from 'node:crypto';

/** A recorded request as it is sent now. */
export interface FreshRequest {
  /** OTLP/JSON. */
  readonly json: unknown;
  readonly traceIds: ReadonlySet<string>;
}

/** Ids that providers give to answers; the genai processor bills an answer once by them, however often it comes. */
const answerId = /\b(chatcmpl|resp|msg)([-_])[A-Za-z0-9]{6,}/g;

/**
 * Gives a request new trace, span and answer ids, the same one wherever the same stood before, and moves its times so
 * that its last one is `nowMs`. So every run is a run of its own, and the read-back finds exactly it.
 */
export function freshen(json: unknown, nowMs: number): FreshRequest {
  const ids = createRenaming();
  const traceIds = new Set<string>();
  const shift = BigInt(nowMs) * 1_000_000n - latestTime(json);
  const rewrite = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((element) => rewrite(element, key));
    if (typeof value === 'object' && value !== null) return rewriteObject(value);
    if (typeof value !== 'string' || value === '') return value;
    if (isTime(key)) return String(BigInt(value) + shift);
    if (key === 'traceId' || /^(s|parentS)panId$/.test(key)) {
      const fresh = ids(value, () => randomBytes(value.length / 2).toString('hex'));
      if (key === 'traceId') traceIds.add(fresh);
      return fresh;
    }
    return value.replace(answerId, (id, kind: string, mark: string) =>
      ids(id, () => `${kind}${mark}${randomBytes(12).toString('hex')}`),
    );
  };
  const rewriteObject = (object: object): object =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, rewrite(value, key)]));
  return { json: rewrite(json, ''), traceIds };
}

/** The same fresh name for the same old one. */
function createRenaming(): (old: string, create: () => string) => string {
  const names = new Map<string, string>();
  return (old, create) => {
    const name = names.get(old) ?? create();
    names.set(old, name);
    return name;
  };
}

function latestTime(json: unknown): bigint {
  let latest = 0n;
  JSON.stringify(json, (key, value: unknown) => {
    if (isTime(key) && typeof value === 'string' && BigInt(value) > latest) latest = BigInt(value);
    return value;
  });
  return latest;
}

function isTime(key: string): boolean {
  return key.endsWith('UnixNano');
}
