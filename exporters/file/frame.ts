/** Bytes of a frame's header: the length of what follows, big-endian, as the Collector's file exporter writes it. */
export const frameHeaderBytes = 4;

/** Puts the length before a message. */
export function toFrame(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + message.byteLength);
  frame.writeUInt32BE(message.byteLength, 0);
  frame.set(message, frameHeaderBytes);
  return frame;
}
