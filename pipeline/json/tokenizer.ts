import { JsonSyntaxError } from './json-syntax-error.ts';
import { scanNumber } from './scan-number.ts';
import { hexDigit, unescapeJson } from './unescape.ts';

/**
 * What `next()` found. `end` comes once the one value is complete and for ever after; `cut_off` in its place, in tolerant
 * mode, where the text stops in the middle.
 */
export type JsonToken =
  | 'begin_object'
  | 'end_object'
  | 'begin_array'
  | 'end_array'
  | 'key'
  | 'string'
  | 'number'
  | 'true'
  | 'false'
  | 'null'
  | 'end'
  | 'cut_off';

/** What a tokenizer allows. */
export interface JsonTokenizerOptions {
  /** How many objects and arrays may be open at once; 64 by default. */
  readonly maxDepth?: number;
  /** Report `cut_off` instead of throwing where the text ends too early; false by default. */
  readonly tolerant?: boolean;
}

/** Reads one JSON text from UTF-8 bytes, one token a call, without building anything and without recursion. */
export interface JsonTokenizer {
  /** Starts over on `bytes`, or on the part of it from `start` to `end`. */
  reset(bytes: Uint8Array, start?: number, end?: number): void;
  /** Moves to the next token. @throws JsonSyntaxError where the text is not JSON or nested too deep. */
  next(): JsonToken;
  /** The token that the last `next()` returned. */
  readonly token: JsonToken;
  /** Where the token starts and ends in the bytes given to `reset`; a string or key includes its quotes. */
  readonly start: number;
  readonly end: number;
  /** How many objects and arrays are open after this token. */
  readonly depth: number;
  /** Whether the string or key has a backslash: without one its bytes are its value. */
  readonly escaped: boolean;
  /** True after `cut_off` where it stopped inside a string or key, which then starts at `start`. */
  readonly cutInString: boolean;
  /** The value of a string or key, as JSON.parse gives it, save that a lone surrogate becomes U+FFFD. */
  string(): string;
  /** The token as written, for numbers. */
  text(): string;
  /** Moves to the last token of the value that the current token begins. */
  skip(): void;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** What may come next. */
type State = 'value' | 'first_element' | 'first_key' | 'after_key' | 'after_value' | 'cut_off';

const literals = [
  { token: 'true', bytes: Buffer.from('true') },
  { token: 'false', bytes: Buffer.from('false') },
  { token: 'null', bytes: Buffer.from('null') },
] as const;

/** Makes a tokenizer; reuse it with `reset`. */
export function createJsonTokenizer(options: JsonTokenizerOptions = {}): JsonTokenizer {
  return new Tokenizer(options.maxDepth ?? usualDepth, options.tolerant ?? false);
}

/** Levels that a tokenizer has room for from the start. */
const usualDepth = 64;

class Tokenizer implements JsonTokenizer {
  token: JsonToken = 'end';
  start = 0;
  end = 0;
  depth = 0;
  escaped = false;
  cutInString = false;
  readonly #maxDepth: number;
  readonly #tolerant: boolean;
  /** Per open level, 1 for an object and 0 for an array. */
  #objects: Uint8Array;
  #bytes: Buffer = Buffer.alloc(0);
  #limit = 0;
  #at = 0;
  #state: State = 'value';
  /** Where the text of the last string ends: at its closing quote, or where it was cut off. */
  #insideEnd = 0;

  constructor(maxDepth: number, tolerant: boolean) {
    this.#maxDepth = maxDepth;
    this.#tolerant = tolerant;
    this.#objects = new Uint8Array(Math.min(maxDepth, usualDepth) + 1);
  }

  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limit = end;
    this.#at = start;
    this.#state = 'value';
    this.depth = 0;
    this.escaped = false;
    this.cutInString = false;
  }

  next(): JsonToken {
    this.#skipSpace();
    this.token = this.#advance();
    this.end = this.#at;
    return this.token;
  }

  string(): string {
    if (!this.escaped) return this.#bytes.toString('utf8', this.start + 1, this.#insideEnd);
    const inside = this.#bytes.subarray(this.start + 1, this.#insideEnd);
    const target = Buffer.allocUnsafe(inside.length);
    return target.toString('utf8', 0, unescapeJson(inside, target));
  }

  text(): string {
    return this.#bytes.toString('latin1', this.start, this.end);
  }

  skip(): void {
    const isContainer = this.token === 'begin_object' || this.token === 'begin_array';
    if (!isContainer) return;
    const outside = this.depth - 1;
    while (this.depth > outside && this.next() !== 'cut_off');
  }

  #advance(): JsonToken {
    if (this.#state === 'after_value') return this.#afterValue();
    if (this.#at >= this.#limit) return this.#cut();
    switch (this.#state) {
      case 'first_element':
        return this.#byte() === closeBracket ? this.#close() : this.#readValue();
      case 'first_key':
        return this.#byte() === closeBrace ? this.#close() : this.#readKey();
      case 'after_key':
        return this.#afterKey();
      case 'cut_off':
        return 'cut_off';
      case 'value':
        return this.#readValue();
    }
  }

  #afterValue(): JsonToken {
    if (this.depth === 0) {
      if (this.#at < this.#limit) throw this.#error('text after the end of the JSON value');
      return 'end';
    }
    if (this.#at >= this.#limit) return this.#cut();
    const isObject = this.#objects[this.depth] === 1;
    const byte = this.#byte();
    if (byte === (isObject ? closeBrace : closeBracket)) return this.#close();
    if (byte !== comma) throw this.#error(`expected , or ${isObject ? '}' : ']'}`);
    this.#at += 1;
    this.#skipSpace();
    if (this.#at >= this.#limit) return this.#cut();
    return isObject ? this.#readKey() : this.#readValue();
  }

  #afterKey(): JsonToken {
    if (this.#byte() !== colon) throw this.#error('expected : after a key');
    this.#at += 1;
    this.#skipSpace();
    return this.#at >= this.#limit ? this.#cut() : this.#readValue();
  }

  #readKey(): JsonToken {
    if (this.#byte() !== quote) throw this.#error('expected a key in double quotes');
    if (!this.#readString()) return this.#cut();
    this.#state = 'after_key';
    return 'key';
  }

  #readValue(): JsonToken {
    const byte = this.#byte();
    if (byte === openBrace) return this.#open(1);
    if (byte === openBracket) return this.#open(0);
    const token = byte === quote ? this.#readStringValue() : this.#readBare(byte);
    if (token !== 'cut_off') this.#state = 'after_value';
    return token;
  }

  #readStringValue(): JsonToken {
    return this.#readString() ? 'string' : this.#cut();
  }

  #readBare(byte: number): JsonToken {
    const isNumber = byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
    if (!isNumber) return this.#readLiteral(byte);
    const scanned = scanNumber(this.#bytes, this.#at, this.#limit);
    if (scanned === this.#limit + 1) return this.#cut();
    if (scanned < 0) throw new JsonSyntaxError('a number is malformed', ~scanned);
    this.#at = scanned;
    return 'number';
  }

  #readLiteral(byte: number): JsonToken {
    const literal = literals.find((candidate) => candidate.bytes[0] === byte);
    if (literal === undefined) throw this.#error('expected a value');
    for (const expected of literal.bytes) {
      if (this.#at >= this.#limit) return this.#cut();
      if (this.#byte() !== expected) throw this.#error('expected a value');
      this.#at += 1;
    }
    return literal.token;
  }

  /** Moves past the string that starts here; false where it does not end. */
  #readString(): boolean {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    this.escaped = false;
    while (at < this.#limit) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.#insideEnd = at;
        this.#at = at + 1;
        return true;
      }
      if (byte === backslash) {
        this.escaped = true;
        const next = this.#afterEscape(at);
        if (next === undefined) break;
        at = next;
      } else if (byte < 0x20) {
        throw new JsonSyntaxError('a control character stands unescaped in a string', at);
      } else at += 1;
    }
    this.#insideEnd = at;
    this.cutInString = true;
    return false;
  }

  /** Where the escape at `at` ends, undefined where it is cut off. */
  #afterEscape(at: number): number | undefined {
    const kind = this.#bytes[at + 1] ?? 0;
    if (at + 1 >= this.#limit) return undefined;
    if (kind !== 0x75) {
      if (isSimpleEscape(kind)) return at + 2;
      throw new JsonSyntaxError('an unknown escape stands in a string', at);
    }
    for (let i = at + 2; i < at + 6; i++) {
      if (i >= this.#limit) return undefined;
      if (hexDigit(this.#bytes[i] ?? 0) < 0) {
        throw new JsonSyntaxError('a \\u escape needs four hexadecimal digits', at);
      }
    }
    return at + 6;
  }

  #open(isObject: 0 | 1): JsonToken {
    if (this.depth >= this.#maxDepth) {
      throw this.#error(`nested deeper than ${String(this.#maxDepth)} levels`);
    }
    this.#at += 1;
    this.depth += 1;
    if (this.depth >= this.#objects.length) this.#growStack();
    this.#objects[this.depth] = isObject;
    this.#state = isObject === 1 ? 'first_key' : 'first_element';
    return isObject === 1 ? 'begin_object' : 'begin_array';
  }

  #growStack(): void {
    const larger = new Uint8Array(this.#objects.length * 2);
    larger.set(this.#objects);
    this.#objects = larger;
  }

  #close(): JsonToken {
    const isObject = this.#objects[this.depth] === 1;
    this.#at += 1;
    this.depth -= 1;
    this.#state = 'after_value';
    return isObject ? 'end_object' : 'end_array';
  }

  #cut(): JsonToken {
    if (!this.#tolerant) throw new JsonSyntaxError('the JSON text ends too early', this.#limit);
    this.#state = 'cut_off';
    this.#at = this.#limit;
    return 'cut_off';
  }

  /** Moves past white space to where the next token starts. */
  #skipSpace(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < this.#limit && isSpace(bytes[at] ?? 0)) at += 1;
    this.#at = at;
    this.start = at;
  }

  #byte(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  #error(message: string): JsonSyntaxError {
    return new JsonSyntaxError(message, this.#at);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isSimpleEscape(byte: number): boolean {
  switch (byte) {
    case quote:
    case backslash:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true;
    default:
      return false;
  }
}
