/** What a client speaks, told by its first bytes. */
export type WireProtocol = 'http2' | 'http1' | 'tls' | 'unknown';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const tlsHandshake = 0x16;

/** Tells the protocol of a connection from the first bytes it sent; a part of the HTTP/2 preface is enough. */
export function recognizeProtocol(head: Uint8Array): WireProtocol {
  if (head[0] === tlsHandshake) return 'tls';
  const size = Math.min(head.length, preface.length);
  if (size > 0 && preface.subarray(0, size).equals(head.subarray(0, size))) return 'http2';
  const text = Buffer.from(head.subarray(0, 16)).toString('latin1');
  return /^[A-Z]{3,8} \S/.test(text) ? 'http1' : 'unknown';
}
