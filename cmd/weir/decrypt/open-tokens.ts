import { createReadStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { reasonOf } from '../../../pipeline/config/source.ts';
import { createDecrypter } from '../../../processors/redaction/decrypt-text.ts';
import { CommandFailure } from '../exit-code.ts';

/** How many tokens became values, and how many none of the keys opens. */
export interface OpenedTokens {
  readonly opened: number;
  readonly closed: number;
}

/** Copies a file line by line with its tokens opened; `-` is standard input. @throws CommandFailure where it cannot be read. */
export async function openTokens(
  file: string,
  keys: readonly Uint8Array[],
  output: Writable,
): Promise<OpenedTokens> {
  const decrypt = createDecrypter(keys);
  const total = { opened: 0, closed: 0 };
  const input = file === '-' ? process.stdin : createReadStream(file);
  async function* decrypted(): AsyncGenerator<string> {
    for await (const line of linesOf(input.setEncoding('utf8') as AsyncIterable<string>)) {
      const { text, opened, closed } = decrypt(line);
      total.opened += opened;
      total.closed += closed;
      yield text;
    }
  }
  try {
    await pipeline(Readable.from(decrypted()), output, { end: false });
  } catch (error) {
    // Who reads only the beginning, as `head` does, closes the pipe.
    if (isNodeError(error) && error.code === 'EPIPE') return total;
    throw new CommandFailure(`weir decrypt: cannot read ${file}: ${reasonOf(error)}`);
  }
  return total;
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

/** Lines with their ends, so that what is written is what was read. A line's pieces are joined once, however many there are. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let pieces: string[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      pieces.push(chunk.slice(from, end + 1));
      yield pieces.join('');
      pieces = [];
      from = end + 1;
    }
    if (from < chunk.length) pieces.push(chunk.slice(from));
  }
  if (pieces.length > 0) yield pieces.join('');
}
