/**
 * Milliseconds that a `Retry-After` header asks for: whole seconds, or an HTTP date (RFC 9110 §10.2.3) relative to
 * `nowMs`; undefined where it is neither.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
