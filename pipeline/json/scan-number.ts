/**
 * Where the number that starts at `at` ends (RFC 8259 §6). `limit + 1` where the bytes stop before it is complete, and the
 * complement (`~offset`) of the offending byte's offset where it is malformed.
 */
export function scanNumber(bytes: Uint8Array, at: number, limit: number): number {
  let end = scanInteger(bytes, at, limit);
  if (end >= 0 && end < limit && bytes[end] === 0x2e) end = scanDigits(bytes, end + 1, limit);
  if (end >= 0 && end < limit && ((bytes[end] ?? 0) | 0x20) === 0x65) {
    const isSigned = bytes[end + 1] === 0x2b || bytes[end + 1] === 0x2d;
    end = scanDigits(bytes, end + (isSigned && end + 1 < limit ? 2 : 1), limit);
  }
  return end;
}

function scanInteger(bytes: Uint8Array, at: number, limit: number): number {
  const first = bytes[at] === 0x2d ? at + 1 : at;
  if (first < limit && bytes[first] === 0x30) {
    return isDigit(bytes[first + 1] ?? 0) && first + 1 < limit ? ~(first + 1) : first + 1;
  }
  return scanDigits(bytes, first, limit);
}

function scanDigits(bytes: Uint8Array, at: number, limit: number): number {
  if (at >= limit) return limit + 1;
  let end = at;
  while (end < limit && isDigit(bytes[end] ?? 0)) end += 1;
  return end === at ? ~at : end;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
