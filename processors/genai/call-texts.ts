import type { Attribute, Attributes } from '../../pipeline/batch/batch.ts';
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

/** Stands for an attribute where there is none. */
const none = -1;

/**
 * The texts of a call, by place in `textFields`. Many are never looked at, only written under another key: a text stays
 * in its attribute, and is decoded when it is asked for.
 */
export class Texts {
  /** Where the texts lie that are an attribute's, as `Attributes.at` takes it. */
  readonly #attributes = new Int32Array(textFields.length).fill(none);
  /** Whether that is the attribute under the canonical key, so that the text need not be written again. */
  readonly #areCanonical = new Uint8Array(textFields.length);
  /** Those of them that were decoded. */
  readonly #decoded: (string | undefined)[] = textFields.map(() => undefined);
  readonly #values: (string | undefined)[] = textFields.map(() => undefined);
  #source: Attributes | undefined;

  /** Empties them for a span that has these attributes. */
  clear(source: Attributes): void {
    this.#source = source;
    // A loop: three calls of a built-in function cost more than these few.
    for (let place = 0; place < textFields.length; place++) {
      this.#attributes[place] = none;
      this.#decoded[place] = undefined;
      this.#values[place] = undefined;
    }
  }

  has(place: number): boolean {
    return this.#values[place] !== undefined || this.#attributes[place] !== none;
  }

  get(place: number): string | undefined {
    const value = this.#values[place];
    return value !== undefined || this.#attributes[place] === none ? value : this.#decode(place);
  }

  set(place: number, text: string | undefined): void {
    this.#values[place] = text;
    if (text === undefined) this.#attributes[place] = none;
  }

  /** Takes a text from the attribute that stands under its canonical key, or under another; false where that says nothing. */
  read(place: number, attribute: Attribute, isCanonical: boolean): boolean {
    if (!attribute.test(isFilled)) {
      this.#values[place] = toText(attribute);
      return this.#values[place] !== undefined;
    }
    this.#attributes[place] = attribute.index;
    this.#areCanonical[place] = isCanonical ? 1 : 0;
    return true;
  }

  /** Lets a text that is not there be the same as another. */
  share(to: number, from: number): void {
    if (this.has(to)) return;
    this.#values[to] = this.#values[from];
    this.#decoded[to] = this.#decoded[from];
    this.#attributes[to] = this.#attributes[from] ?? none;
    this.#areCanonical[to] = 0;
  }

  /** The attribute whose text it is, unchanged; -1 where it is none's. */
  attributeOf(place: number): number {
    const isChanged = this.#values[place] !== this.#decoded[place];
    return isChanged ? none : (this.#attributes[place] ?? none);
  }

  /** Whether it stands under its canonical key already. */
  isWritten(place: number): boolean {
    return this.attributeOf(place) !== none && this.#areCanonical[place] === 1;
  }

  #decode(place: number): string | undefined {
    const text = this.#source?.at(this.#attributes[place] ?? none).string();
    this.#values[place] = text;
    this.#decoded[place] = text;
    return text;
  }
}

function isFilled(_bytes: Uint8Array, start: number, end: number): boolean {
  return end > start;
}
