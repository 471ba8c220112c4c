/** `ReadState.READING_MESSAGE` of grpc-js' decoder: the length is known, and more bytes are to come. */
const readingMessage = 2;

interface Decoder {
  readState: number;
  readMessageSize: number;
  readPartialMessage: unknown;
  write(data: Buffer): Buffer[];
}

/**
 * Calls `onLength` once, as soon as the length that stands before a call's message is here and the message is not yet
 * whole. grpc-js tells of messages only once they are whole, so it reaches into grpc-js 1.14
 * (`BaseServerInterceptingCall.decoder`), whose test notices when that changes; where nothing of that shape is found,
 * nothing is told.
 */
export function watchLength(call: object, onLength: (bytes: number) => void): void {
  const decoder = decoderOf(call);
  if (decoder === undefined) return;
  const write = decoder.write.bind(decoder);
  decoder.write = (data) => {
    const messages = write(data);
    if (decoder.readState === readingMessage) {
      decoder.write = write;
      onLength(decoder.readMessageSize);
    }
    return messages;
  };
}

/** Stops reading a call's message until `resume`: HTTP/2 flow control then stops the client. */
export function pause(call: object): void {
  streamOf(call)?.pause();
}

/** Goes on after `pause`. */
export function resume(call: object): void {
  streamOf(call)?.resume();
}

/** Lets go of what has come in of a message that nobody wants any more, and of whatever else comes. */
export function discard(call: object): void {
  const decoder = decoderOf(call);
  if (decoder === undefined) return;
  decoder.readPartialMessage = [];
  decoder.write = () => [];
  resume(call);
}

function decoderOf(call: object): Decoder | undefined {
  if (!('decoder' in call)) return undefined;
  const { decoder } = call;
  return typeof decoder === 'object' && decoder !== null && isDecoder(decoder)
    ? decoder
    : undefined;
}

function isDecoder(decoder: object): decoder is Decoder {
  return (
    'readState' in decoder &&
    'readPartialMessage' in decoder &&
    'readMessageSize' in decoder &&
    typeof decoder.readMessageSize === 'number' &&
    'write' in decoder
  );
}

interface Pausable {
  pause(): void;
  resume(): void;
}

function streamOf(call: object): Pausable | undefined {
  if (!('stream' in call)) return undefined;
  const { stream } = call;
  const isStream =
    typeof stream === 'object' && stream !== null && 'pause' in stream && 'resume' in stream;
  // Every readable stream has both as methods.
  return isStream ? (stream as Pausable) : undefined;
}
