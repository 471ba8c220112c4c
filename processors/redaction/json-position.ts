/**
 * Tells whether a number that is to be replaced stands bare in JSON, where a replacement needs quotes, and at which
 * depth: JSON in a string of JSON has its quotes escaped.
 */
export interface JsonPosition {
  /**
   * The quote to put around a replacement of the bare JSON number at `at`: `"`, `\"` in a string, `\\\"` in a string of
   * a string; '' where the place is no bare number in JSON. Offsets must ascend from call to call.
   */
  quoteAt(at: number): string;
  /** Whether the offset that was asked for last stands in a string of JSON. */
  isInString(): boolean;
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
/** White space in front of a JSON value that is looked through. */
const maxIndent = 64;

/** Starts at the first byte of a text: of JSON, or of an event stream, whose `data:` lines may each hold JSON. */
export function createJsonPosition(bytes: Uint8Array, from: number): JsonPosition {
  const isWhole = startsJson(bytes, from);
  // Whether the content is JSON: of the text or line, of the string that is open in it, of the string open in that, …
  const isJson = [isWhole || startsData(bytes, from)];
  let index = from;
  let backslashes = 0;
  return {
    quoteAt(at) {
      for (; index < at; index++) {
        const byte = bytes[index];
        if (byte === quote) turnQuote(isJson, backslashes, startsJson(bytes, index + 1));
        else if (byte === newline && !isWhole) {
          isJson.length = 1;
          isJson[0] = startsData(bytes, index + 1);
        }
        backslashes = byte === backslash ? backslashes + 1 : 0;
      }
      const depth = isJson.length - 1;
      return isJson[depth] === true ? `${'\\'.repeat(2 ** depth - 1)}"` : '';
    },
    isInString: () => isJson.length > 1,
  };
}

/**
 * A quote opens or closes a string. In a string, an even number of backslashes before it are characters of their own and
 * the quote ends it; an odd number makes it a character of the content, where it is looked at again with those that
 * are left.
 */
function turnQuote(isJson: boolean[], backslashes: number, opensJson: boolean): void {
  const depth = isJson.length - 1;
  let left = backslashes;
  for (let level = 0; level < depth; level++) {
    if (left % 2 === 0) {
      isJson.length = level + 1;
      return;
    }
    left = (left - 1) / 2;
  }
  if (left === 0 && isJson[depth] === true) isJson.push(opensJson);
}

/** True where a JSON object or array begins at `from`, behind white space or not. */
export function startsJson(bytes: Uint8Array, from: number): boolean {
  for (let index = from; index < from + maxIndent; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === 0x7b || byte === 0x5b) return true;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
  }
  return false;
}

/** What a line of a stream of server-sent events begins with where it holds data. */
const dataField = Buffer.from('data:');

function startsData(bytes: Uint8Array, from: number): boolean {
  const isData = dataField.every((byte, index) => bytes[from + index] === byte);
  return isData && startsJson(bytes, from + dataField.length);
}
