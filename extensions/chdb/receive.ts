import type { IncomingMessage } from 'node:http';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { header } from './access.ts';
import { createFailure, errorCodes } from './clickhouse-error.ts';
import { quote } from './engine.ts';
import { parseStatement } from './statement.ts';

/** A statement as the engine can run it. */
export interface ReceivedStatement {
  readonly text: string;
  readonly reads: boolean;
  /** Of its FORMAT clause, undefined where there is none. */
  readonly format: string | undefined;
  /** File in the spool that holds its rows; the caller removes it. */
  readonly rowsFile?: string;
}

/** SQL text, and rows that come in the same text as an INSERT, are held in memory up to this. */
const maxTextBytes = 64 * 1024 * 1024;
/** Rows of one INSERT, inflated, go through a file up to this. */
const maxRowsBytes = 1024 * 1024 * 1024;

/**
 * Takes the statement from the `query` parameter and the body, which ClickHouse reads as one text. The embedded engine
 * takes rows only from a file, so those of an INSERT are put into the spool.
 * @throws ClickHouseFailure where the body is too large or badly compressed.
 */
export async function receiveStatement(
  request: IncomingMessage,
  queryParameter: string,
  spoolDirectory: string,
): Promise<ReceivedStatement> {
  const body = inflated(request);
  const spoolFile = join(spoolDirectory, `${randomUUID()}.rows`);
  const parameter = Buffer.from(queryParameter);
  const insert = outline(parameter);
  if (insert.kind === 'insert') {
    const firstRows = parameter.subarray(insert.dataStart);
    await pipeline(
      concat(firstRows, body),
      createByteLimit(maxRowsBytes),
      createWriteStream(spoolFile, { mode: 0o600 }),
    );
    return insertFrom(insert, spoolFile);
  }
  const text = Buffer.concat([
    ...(parameter.length === 0 ? [] : [parameter, Buffer.from('\n')]),
    await collect(body),
  ]);
  const statement = outline(text);
  if (statement.kind === 'insert') {
    await writeFile(spoolFile, text.subarray(statement.dataStart), { mode: 0o600 });
    return insertFrom(statement, spoolFile);
  }
  return { text: text.toString(), reads: statement.kind === 'read', format: statement.format };
}

type Outline = ReturnType<typeof parseStatement>;

/** Parses bytes as Latin-1, so that offsets are byte offsets even where binary rows follow the text. */
function outline(bytes: Buffer): Outline {
  return parseStatement(bytes.toString('latin1'));
}

function insertFrom(
  insert: Extract<Outline, { kind: 'insert' }>,
  rowsFile: string,
): ReceivedStatement {
  const [target, settings] = [insert.target, insert.settings].map((part) =>
    Buffer.from(part, 'latin1').toString(),
  );
  const source = `FROM INFILE ${quote(rowsFile)} COMPRESSION 'none'`;
  return {
    text: `${target ?? ''} ${source} ${settings ?? ''} FORMAT ${insert.format}`,
    reads: false,
    format: undefined,
    rowsFile,
  };
}

function inflated(request: IncomingMessage): Readable {
  const encoding = header(request.headers, 'content-encoding')?.toLowerCase() ?? 'identity';
  const inflate = createInflate(encoding);
  if (inflate === undefined) return request;
  request.on('error', (error) => inflate.destroy(error));
  return request.pipe(inflate);
}

function createInflate(encoding: string): Transform | undefined {
  switch (encoding) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
      return zlib.createGunzip();
    case 'deflate':
      return zlib.createInflate();
    case 'br':
      return zlib.createBrotliDecompress();
    default:
      throw createFailure(
        errorCodes.notImplemented,
        'NOT_IMPLEMENTED',
        `Content-Encoding ${encoding} is not supported; use gzip, deflate or br`,
      );
  }
}

function concat(first: Buffer, rest: Readable): Readable {
  return Readable.from(
    (async function* () {
      if (first.length > 0) yield first;
      yield* chunks(rest);
    })(),
    { objectMode: false },
  );
}

function createByteLimit(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) done(null, chunk);
      else done(tooLarge(maxBytes));
    },
  });
}

/** A body that turns out too large is left open: destroying it would cut the connection before the answer. */
function chunks(body: Readable): AsyncIterable<Buffer> {
  return body.iterator({ destroyOnReturn: false });
}

async function collect(body: Readable): Promise<Buffer> {
  const collected: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks(body)) {
    bytes += chunk.length;
    if (bytes > maxTextBytes) throw tooLarge(maxTextBytes);
    collected.push(chunk);
  }
  return Buffer.concat(collected);
}

function tooLarge(maxBytes: number): Error {
  return createFailure(
    errorCodes.requestTooLarge,
    'TOO_MANY_BYTES',
    `The body is over ${maxBytes} bytes; put an INSERT's text into the query parameter, or send less at once`,
  );
}
