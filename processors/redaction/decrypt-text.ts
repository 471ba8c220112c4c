import { openValue } from './encryption.ts';

/** Text with its tokens opened, and how many were. */
export interface Decrypted {
  readonly text: string;
  readonly opened: number;
  /** Tokens that none of the keys opens. */
  readonly closed: number;
}

/** What the `encrypt` action writes: a tag, the key's id, and letters. */
const token = /\[([A-Z][A-Z0-9_]{0,63})~[A-Za-z0-9]{0,7}:([a-p]+)\]/g;

/**
 * Makes a function that puts values back in place of tokens in one line of text. Ids of keys are not asked: a token says
 * itself which key is its own. In a line of JSON, values are escaped as its strings need it.
 */
export function createDecrypter(keys: readonly Uint8Array[]): (line: string) => Decrypted {
  return (line) => {
    const isJson = /^\s*[[{"]/.test(line) && isJsonText(line);
    let opened = 0;
    let closed = 0;
    const text = line.replace(token, (whole, tag: string, letters: string) => {
      for (const key of keys) {
        const value = openValue(key, tag, letters);
        if (value === undefined) continue;
        opened++;
        return isJson ? JSON.stringify(value).slice(1, -1) : value;
      }
      closed++;
      return whole;
    });
    return { text, opened, closed };
  };
}

function isJsonText(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
