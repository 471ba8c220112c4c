import type { Value } from './batch.ts';

/** An AnyValue as JSON data: int64 as numbers (beyond 2^53 as text), bytes as base64, NaN and infinities as null. */
export function toJson(value: Value): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toJson);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([name, member]) => [name, toJson(member)]));
}
