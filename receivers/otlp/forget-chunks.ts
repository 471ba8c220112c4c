/** `ReadState.NO_DATA` of grpc-js' decoder: no message is being put together. */
const noData = 0;

const nothing = Buffer.alloc(1);

/**
 * Lets go of the chunks that a call's message was put together from. grpc-js' decoder keeps them until the next message,
 * which a unary call does not have, and Node keeps the streams of finished calls until a full garbage collection. Left
 * alone, these chunks are most of the memory that is waiting to be collected: with requests of 300 KB they brought about
 * a full collection every eighty requests, and half of all CPU time.
 *
 * It reaches into grpc-js 1.14 (`BaseServerInterceptingCall.decoder`), whose test notices when that changes; where nothing
 * of that shape is found, nothing happens.
 */
export function forgetChunks(call: object): void {
  if (!('decoder' in call)) return;
  const { decoder } = call;
  if (typeof decoder !== 'object' || decoder === null || !('readPartialMessage' in decoder)) return;
  // A second message breaks the call anyway, yet by grpc-js' own hand.
  if (!('readState' in decoder) || decoder.readState !== noData) return;
  decoder.readPartialMessage = [];
  if ('readCompressFlag' in decoder) decoder.readCompressFlag = nothing;
}
