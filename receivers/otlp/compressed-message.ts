import type { Compression } from '../../pipeline/component/receiver.ts';

/** A message as it came, to be inflated in a worker. */
export interface CompressedMessage {
  readonly compression: Compression;
  readonly body: Uint8Array;
}

/** What stands before a message in gRPC's framing: a flag and a length. */
const frameHeadBytes = 5;

/**
 * Makes a call hand over compressed messages as they came. grpc-js would inflate them on the main thread, as many at once
 * as there are calls and past every budget. Reaches into grpc-js 1.14 (`BaseServerInterceptingCall.decompressMessage`),
 * whose test notices when that changes; where nothing of that shape is found, grpc-js goes on inflating.
 */
export function keepCompressed(call: object): void {
  if ('decompressMessage' in call) call.decompressMessage = passOn;
}

/** One function for all calls, because every call gets it. */
function passOn(this: object, message: Buffer, encoding: string): unknown {
  if (encoding === 'gzip' || encoding === 'deflate') {
    return { compression: encoding, body: message.subarray(frameHeadBytes) };
  }
  // The function was put on the call itself; its class has the one that tells encodings apart.
  const own = Object.getPrototypeOf(this) as Decompressing;
  return own.decompressMessage.call(this, message, encoding);
}

interface Decompressing {
  decompressMessage(message: Buffer, encoding: string): unknown;
}
