import { isAlphanumeric } from './bytes.ts';
import type { Detector } from './detector.ts';

const marker = ';base64,';
/** Shorter payloads are scanned like any text. */
const minPayload = 64;

/** Embedded media: base64 holds no text that a detector could read, and looks like keys by chance. */
export const base64Payload: Detector = {
  gate: { kind: 'literal', literals: [marker] },
  find: () => undefined,
};

/** Where the payload behind the marker at `at` ends, 0 where it is too short to be media. */
export function payloadEnd(bytes: Uint8Array, at: number): number {
  const start = at + marker.length;
  let end = start;
  while (isBase64(bytes[end])) end++;
  return end - start < minPayload ? 0 : end;
}

function isBase64(byte = 0): boolean {
  return isAlphanumeric(byte) || byte === 0x2b || byte === 0x2f || byte === 0x3d;
}
