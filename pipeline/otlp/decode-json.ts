import { isUtf8 } from 'node:buffer';
import { maxDepth } from '../batch/wire.ts';
import type { Signal } from '../component/signal.ts';
import { createJsonTokenizer } from '../json/tokenizer.ts';
import { scalarCodecs } from './decode-scalar.ts';
import type { ScalarContext } from './decode-scalar.ts';
import { createFieldFinder } from './field-finder.ts';
import type { FieldFinder } from './field-finder.ts';
import { OtlpJsonError } from './otlp-json-error.ts';
import { requestMessage } from './schema.ts';
import type { Field, Message } from './schema.ts';
import { createWireWriter, wireType } from './wire-writer.ts';

/** How many objects and arrays may be open at once: each costs a byte. Messages have a far lower limit, the batch's. */
const maxJsonDepth = 2 ** 20;

interface DecodeContext extends ScalarContext {
  /** Level of the message that is being written, the request being 0. Recursion below is bounded by it. */
  depth: number;
  /** Where decoding stands, for errors. */
  readonly path: (string | number)[];
}

const finders = new WeakMap<Message, FieldFinder>();

/**
 * Turns an OTLP/JSON export request into protobuf (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding) in
 * one pass over the bytes. Keys may be lowerCamelCase or snake_case, ids are hex and either empty or of exact length,
 * 64-bit integers may be numbers or strings and stay exact, enums may be numbers or names, unknown keys are left out, and
 * null means absent. Of messages that nest deeper than the batch allows, it writes one level too many and leaves out the
 * rest, so that the batch refuses the item that they are in.
 * @throws JsonSyntaxError where the bytes are not JSON.
 * @throws OtlpJsonError where a value does not fit its field.
 */
export function decodeJson(signal: Signal, bytes: Uint8Array): Uint8Array {
  if (!isUtf8(bytes)) throw new OtlpJsonError('the text is not UTF-8', '', 0);
  const context = createContext(bytes);
  context.tokens.next();
  if (context.tokens.token !== 'begin_object') context.fail('expected an object');
  writeFields(context, requestMessage(signal));
  context.tokens.next();
  return context.writer.finish();
}

function createContext(bytes: Uint8Array): DecodeContext {
  const tokens = createJsonTokenizer({ maxDepth: maxJsonDepth });
  tokens.reset(bytes);
  const path: (string | number)[] = [];
  return {
    depth: 0,
    bytes,
    tokens,
    // Protobuf is smaller than JSON but for long lists of doubles, which make it grow.
    writer: createWireWriter(bytes.length),
    integer: { high: 0, low: 0, negative: false },
    double: 0,
    path,
    fail(message) {
      throw new OtlpJsonError(message, formatPath(path), tokens.start);
    },
  };
}

function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${String(step)}]` : (i > 0 ? '.' : '') + step))
    .join('');
}

function finderOf(message: Message): FieldFinder {
  let finder = finders.get(message);
  if (finder === undefined) {
    finder = createFieldFinder(message);
    finders.set(message, finder);
  }
  return finder;
}

/**
 * What the groups of a scope were called until 2022, by the message they were in. Unknown keys are left out, which whole
 * groups of items must not be without a word.
 */
const outdatedGroups: ReadonlyMap<string, string> = new Map([
  ['ResourceSpans', 'instrumentationLibrarySpans'],
  ['ResourceLogs', 'instrumentationLibraryLogs'],
  ['ResourceMetrics', 'instrumentationLibraryMetrics'],
]);

/** Writes the object whose begin is the current token; its end is the current token afterwards. */
function writeFields(context: DecodeContext, message: Message): void {
  const { tokens, path, bytes } = context;
  const findField = finderOf(message);
  while (tokens.next() === 'key') {
    const field = findField(bytes, tokens);
    if (field === undefined && outdatedGroups.get(message.name) === tokens.string()) {
      context.fail(
        `"${tokens.string()}" holds items as OTLP had them before 2022; update what sends them`,
      );
    }
    tokens.next();
    if (field === undefined || tokens.token === 'null') {
      tokens.skip();
      continue;
    }
    path.push(field.name);
    if (field.repeated) writeRepeated(context, field);
    else writeSingular(context, field);
    path.pop();
  }
}

function writeSingular(context: DecodeContext, field: Field): void {
  if (field.kind === 'message') {
    writeMessage(context, field);
    return;
  }
  const codec = scalarCodecs[field.kind];
  const isDefault = codec.read(context, field);
  if (isDefault && !field.explicit) return;
  context.writer.tag(field.number, codec.wireType);
  codec.write(context);
}

function writeMessage(context: DecodeContext, field: Field): void {
  const { tokens, writer } = context;
  if (field.message === undefined || tokens.token !== 'begin_object') {
    context.fail('expected an object');
  }
  writer.tag(field.number, wireType.delimited);
  if (context.depth >= maxDepth) {
    writer.varint(0);
    tokens.skip();
    return;
  }
  const mark = writer.open();
  context.depth += 1;
  writeFields(context, field.message);
  context.depth -= 1;
  writer.close(mark);
}

function writeRepeated(context: DecodeContext, field: Field): void {
  const { tokens, path } = context;
  if (tokens.token !== 'begin_array') context.fail('expected an array');
  const isPacked = field.kind !== 'message' && field.kind !== 'string';
  if (isPacked) {
    writePacked(context, field);
    return;
  }
  for (let index = 0; tokens.next() !== 'end_array'; index++) {
    path.push(index);
    writeElement(context, field);
    path.pop();
  }
}

function writeElement(context: DecodeContext, field: Field): void {
  const { tokens, writer } = context;
  if (field.kind === 'message' && tokens.token !== 'null') {
    writeMessage(context, field);
    return;
  }
  if (field.kind !== 'message') scalarCodecs[field.kind].read(context, field);
  writer.tag(field.number, wireType.delimited);
  // A null among messages is an empty one: left out, it would move its neighbours.
  if (field.kind === 'message') writer.varint(0);
  else scalarCodecs[field.kind].write(context);
}

function writePacked(context: DecodeContext, field: Field): void {
  const { tokens, writer, path } = context;
  if (field.kind === 'message') return;
  const codec = scalarCodecs[field.kind];
  writer.tag(field.number, wireType.delimited);
  const mark = writer.open();
  for (let index = 0; tokens.next() !== 'end_array'; index++) {
    path.push(index);
    codec.read(context, field);
    codec.write(context);
    path.pop();
  }
  writer.close(mark);
}
