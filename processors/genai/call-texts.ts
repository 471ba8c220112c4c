import type { Attribute, Attributes, TextTest } from '../../pipeline/batch/batch.ts';
import { toText } from './loose.ts';

/** The texts of a call that dialects read. What runs of spans say alike comes first: see `sharedTexts`. */
export const textFields = [
  'operation',
  'provider',
  'requestModel',
  'responseModel',
  'responseId',
  'conversationId',
  'sessionId',
  'userId',
  'tenantId',
  'agentId',
  'agentName',
  'toolName',
  'toolCallId',
  'workflowName',
  'promptName',
  'promptVersion',
  'serviceTier',
  'errorType',
] as const;

/** How many of `textFields` neighbours often share. */
export const sharedTexts = 4;

/** Texts of a call by field. */
export type CallTexts = Record<(typeof textFields)[number], string | undefined>;

/**
 * The texts of a call, by place in `textFields`. Many are never looked at, only written under another key: a text stays
 * in its attribute, and is decoded when it is asked for.
 */
export class Texts {
  /** A bit for each place whose text is an attribute's, unchanged; for each where that stands under its canonical key. */
  #sent = 0;
  #canonical = 0;
  /** A bit for each place whose text is in `#values`; what lies at others is of an earlier span. */
  #known = 0;
  readonly #values: (string | undefined)[] = textFields.map(() => undefined);
  readonly #attributes = new Int32Array(textFields.length);
  #source: Attributes | undefined;

  /** Empties them for a span that has these attributes. */
  clear(source: Attributes): void {
    if (this.#source !== source) this.#source = source;
    this.#sent = 0;
    this.#known = 0;
  }

  has(place: number): boolean {
    return (((this.#known | this.#sent) >>> place) & 1) !== 0;
  }

  get(place: number): string | undefined {
    if (((this.#known >>> place) & 1) !== 0) return this.#values[place];
    return ((this.#sent >>> place) & 1) === 0 ? undefined : this.#decode(place);
  }

  /** What a test says of a text, without decoding it; false where it is not there. */
  test(place: number, test: TextTest): boolean {
    if (((this.#sent >>> place) & 1) !== 0) {
      return this.#source?.at(this.#attributes[place] ?? -1).test(test) === true;
    }
    const text = this.get(place);
    if (text === undefined) return false;
    const { length } = text;
    let isAscii = length <= scratch.length;
    for (let i = 0; i < length && isAscii; i++) {
      const code = text.charCodeAt(i);
      isAscii = code < 128;
      scratch[i] = code;
    }
    if (isAscii) return test(scratch, 0, length, scratchView);
    const bytes = new Uint8Array(Buffer.from(text));
    return test(bytes, 0, bytes.length, new DataView(bytes.buffer));
  }

  set(place: number, text: string | undefined): void {
    const bit = 1 << place;
    if (text === undefined || this.get(place) !== text) this.#sent &= ~bit;
    this.#values[place] = text;
    if (text === undefined) this.#known &= ~bit;
    else this.#known |= bit;
  }

  /** Takes a text from the attribute that stands under its canonical key, or under another; false where that says nothing. */
  read(place: number, attribute: Attribute, isCanonical: boolean): boolean {
    if (!attribute.test(isFilled)) {
      this.set(place, toText(attribute));
      return this.has(place);
    }
    const bit = 1 << place;
    this.#attributes[place] = attribute.index;
    this.#sent |= bit;
    if (isCanonical) this.#canonical |= bit;
    else this.#canonical &= ~bit;
    return true;
  }

  /** Lets a text that is not there be the same as another. */
  share(to: number, from: number): void {
    if (this.has(to)) return;
    if (((this.#known >>> from) & 1) !== 0) this.set(to, this.#values[from]);
    if (((this.#sent >>> from) & 1) === 0) return;
    this.#attributes[to] = this.#attributes[from] ?? 0;
    this.#sent |= 1 << to;
    this.#canonical &= ~(1 << to);
  }

  /** A bit for each place whose text does not stand under its canonical key yet. */
  get unwritten(): number {
    return (this.#known | this.#sent) & ~(this.#sent & this.#canonical);
  }

  /** The attribute whose text it is, unchanged; -1 where it is none's. */
  attributeOf(place: number): number {
    return ((this.#sent >>> place) & 1) === 0 ? -1 : (this.#attributes[place] ?? -1);
  }

  #decode(place: number): string | undefined {
    const text = this.#source?.at(this.#attributes[place] ?? -1).string();
    this.#values[place] = text;
    this.#known |= 1 << place;
    return text;
  }
}

/** For short texts: a native encoder costs more than a loop. */
const scratch = new Uint8Array(128);
const scratchView = new DataView(scratch.buffer);

function isFilled(_bytes: Uint8Array, start: number, end: number): boolean {
  return end > start;
}
