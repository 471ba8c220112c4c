/** Copies requests end to end, which makes one request of them, into memory that the caller owns alone and may transfer. */
export function concatenate(requests: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const request of requests) size += request.byteLength;
  const joined = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const request of requests) {
    joined.set(request, at);
    at += request.byteLength;
  }
  return joined;
}
