import type { Attributes } from '../../../pipeline/batch/batch.ts';
import { type JsonPiece, JsonText, toJsonPiece } from '../../../pipeline/batch/json-text.ts';
import { toFinishReason } from '../finish-reason.ts';
import { toJsonText } from '../usage-object.ts';
import { Field } from './indexed-names.ts';
import { toRole } from './message.ts';
import { fieldOf, type MessageList, messageOf, partOf } from './message-list.ts';
import { parseArguments } from './part.ts';

/** Names that stand in messages of any fleet; hostile ones start the cache over. */
const maxNames = 256;

const json = {
  open: toJsonPiece('['),
  close: toJsonPiece(']'),
  comma: toJsonPiece(','),
  role: toJsonPiece('{"role":'),
  parts: toJsonPiece(',"parts":['),
  name: toJsonPiece(',"name":'),
  finishReason: toJsonPiece(',"finish_reason":'),
  end: toJsonPiece('}'),
  text: toJsonPiece('{"type":"text","content":'),
  reasoning: toJsonPiece('{"type":"reasoning","content":'),
  toolCall: toJsonPiece('{"type":"tool_call"'),
  toolResponse: toJsonPiece('{"type":"tool_call_response"'),
  id: toJsonPiece(',"id":'),
  arguments: toJsonPiece(',"arguments":'),
  response: toJsonPiece(',"response":'),
  empty: toJsonPiece('""'),
};

/** Content parts that are texts, by their type. */
const partTypes: ReadonlyMap<string, JsonPiece> = new Map([
  ['text', json.text],
  ['input_text', json.text],
  ['output_text', json.text],
  ['reasoning', json.reasoning],
]);

const BRACKET = 0x5b;
const BRACE = 0x7b;

/** Stands for an attribute that a message does not have. */
const none = -1;

/**
 * Writes one list of messages after the other as semconv JSON, straight from the bytes of their attributes. Methods give
 * false where they meet what is no plain text or tool call: then the list is `unflatten`'s.
 */
export class MessageWriter {
  /** The list that was written last. */
  readonly text = new JsonText();
  /** Why the messages of that list ended. */
  finishReasons: string[] = [];
  readonly #role = createNames(toRole);
  readonly #reason = createNames(toFinishReason);
  /** Attributes of the message or part at hand, by field. */
  readonly #at = new Int32Array(64);
  /** Ids of the calls among the parts of the message at hand. */
  #callIds: string[] = [];
  #attributes: Attributes | undefined;

  /** Writes a list that was sorted; `role` is that of messages without one. */
  write(attributes: Attributes, list: MessageList, role: 'user' | 'assistant'): boolean {
    this.#attributes = attributes;
    this.text.clear();
    // Set its length and the engine calls itself: a new one is cheaper.
    this.finishReasons = [];
    this.text.raw(json.open);
    for (let from = 0; from < list.count;) {
      if (from > 0) this.text.raw(json.comma);
      const to = endOf(list, from, messageOf);
      if (!this.#message(list, role, from, to)) return false;
      from = to;
    }
    this.text.raw(json.close);
    return true;
  }

  #message(list: MessageList, role: string, from: number, to: number): boolean {
    const at = this.#at;
    for (let field: number = Field.role; field <= Field.content; field++) at[field] = none;
    let parts = from;
    for (; parts < to && fieldOf(list.orders[parts] ?? 0) <= Field.content; parts++) {
      this.#place(list, parts);
    }
    const named = at[Field.role] === none ? role : this.#string(Field.role);
    if (named === undefined) return false;
    const known = this.#role(named);
    this.text.raw(json.role);
    this.text.raw(known.json);
    this.text.raw(json.parts);
    // Results with parts or calls of their own are rare.
    const isWritten =
      known.name === 'tool' ? parts === to && this.#response() : this.#parts(list, parts, to);
    this.text.raw(json.close);
    return isWritten && this.#field(json.name, Field.name) && this.#ending();
  }

  /** Closes a message, with the reason that it ended for. */
  #ending(): boolean {
    if (this.#at[Field.finishReason] !== none) {
      const reason = this.#string(Field.finishReason);
      if (reason === undefined || reason === '') return false;
      const known = this.#reason(reason);
      this.finishReasons.push(known.name);
      this.text.raw(json.finishReason);
      this.text.raw(known.json);
    }
    this.text.raw(json.end);
    return true;
  }

  #parts(list: MessageList, from: number, to: number): boolean {
    const first = this.text.used;
    const hasParts = from < to && fieldOf(list.orders[from] ?? 0) < Field.toolCallId;
    if (!hasParts && this.#at[Field.content] !== none && !this.#content()) return false;
    if (this.#callIds.length > 0) this.#callIds = [];
    for (let at = from; at < to;) {
      const end = endOf(list, at, partOf);
      for (let field: number = Field.partType; field <= Field.toolArguments; field++)
        this.#at[field] = none;
      for (let i = at; i < end; i++) this.#place(list, i);
      if (!this.#part(list.orders[at] ?? 0, first)) return false;
      at = end;
    }
    return true;
  }

  /** Writes the part or call at hand, after a comma unless it is the first. */
  #part(order: number, first: number): boolean {
    const { text } = this;
    const before = text.used;
    if (before > first) text.raw(json.comma);
    const start = text.used;
    const isWritten =
      fieldOf(order) >= Field.toolCallId
        ? this.#isRepeated() || this.#toolCall(Field.toolCallId)
        : this.#contentPart();
    if (text.used === start) text.used = before;
    return isWritten;
  }

  #contentPart(): boolean {
    if (this.#at[Field.partCallName] === none) return this.#textPart();
    const id = this.#string(Field.partCallId);
    if (id !== undefined) this.#callIds.push(id);
    return this.#toolCall(Field.partCallId);
  }

  /** Whether the call at hand was among the parts already: Anthropic's are listed there and beside them. */
  #isRepeated(): boolean {
    return this.#callIds.length > 0 && this.#callIds.includes(this.#string(Field.toolCallId) ?? '');
  }

  /** The content of a message as its one part; none where it is empty. */
  #content(): boolean {
    const { text } = this;
    const start = text.used;
    text.raw(json.text);
    const at = text.used;
    if (!this.#copy(Field.content) || isList(text, at)) return false;
    if (text.used === at + json.empty.size) text.used = start;
    else text.raw(json.end);
    return true;
  }

  #textPart(): boolean {
    const isNamed = this.#at[Field.partType] !== none;
    const name = isNamed ? this.#string(Field.partType) : 'text';
    // What is called stands beside the parts only.
    if (name === 'tool_use' && this.#at[Field.partText] === none) return true;
    const type = partTypes.get(name ?? '');
    if (type === undefined || this.#at[Field.partText] === none) return false;
    this.text.raw(type);
    if (!this.#copy(Field.partText)) return false;
    this.text.raw(json.end);
    return true;
  }

  /** Writes the call of a tool whose id, name and arguments are the fields from `id` on. */
  #toolCall(id: number): boolean {
    if (this.#at[id + 1] === none) return false;
    this.text.raw(json.toolCall);
    if (!this.#field(json.id, id)) return false;
    if (!this.#field(json.name, id + 1) || !this.#arguments(id + 2)) return false;
    this.text.raw(json.end);
    return true;
  }

  /** Arguments are JSON text, which becomes data where it is not broken. */
  #arguments(field: number): boolean {
    if (this.#at[field] === none) return true;
    const given = this.#string(field);
    if (given === undefined) return false;
    this.text.raw(json.arguments);
    const data = parseArguments(given);
    const compact = data === undefined ? undefined : toJsonText(data);
    if (compact === undefined) return this.#copy(field);
    this.text.raw(toJsonPiece(compact));
    return true;
  }

  /** The content of a message of a tool. */
  #response(): boolean {
    const { text } = this;
    text.raw(json.toolResponse);
    if (!this.#field(json.id, Field.callId)) return false;
    text.raw(json.response);
    const at = text.used;
    if (this.#at[Field.content] === none) text.raw(json.empty);
    else if (!this.#copy(Field.content) || isList(text, at)) return false;
    text.raw(json.end);
    return true;
  }

  /** Writes a member of the message at hand, where it has it. */
  #field(name: JsonPiece, field: number): boolean {
    if (this.#at[field] === none) return true;
    this.text.raw(name);
    return this.#copy(field);
  }

  #copy(field: number): boolean {
    return this.#attributes?.at(this.#at[field] ?? none).copyJson(this.text) === true;
  }

  #string(field: number): string | undefined {
    const attribute = this.#at[field] ?? none;
    return attribute === none ? undefined : this.#attributes?.at(attribute).string();
  }

  /** Notes where a field of the message is; of a name that was sent twice the first one counts. */
  #place(list: MessageList, entry: number): void {
    const field = fieldOf(list.orders[entry] ?? 0);
    if (this.#at[field] === none) this.#at[field] = list.attributes[entry] ?? none;
  }
}

/** Where the run of entries ends that `group` puts with the one at `from`. */
function endOf(list: MessageList, from: number, group: (order: number) => number): number {
  const own = group(list.orders[from] ?? 0);
  let to = from + 1;
  while (to < list.count && group(list.orders[to] ?? 0) === own) to++;
  return to;
}

/** Whether the JSON string from `at` on holds a list of objects: OpenLLMetry writes content that is no plain text so. */
function isList({ bytes }: JsonText, at: number): boolean {
  return bytes[at + 1] === BRACKET && bytes[at + 2] === BRACE;
}

interface Name {
  readonly name: string;
  readonly json: JsonPiece;
}

/** Remembers what names become, and their JSON. */
function createNames(compute: (name: string) => string): (name: string) => Name {
  const known = new Map<string, Name>();
  return (given) => {
    let found = known.get(given);
    if (found === undefined) {
      if (known.size >= maxNames) known.clear();
      const name = compute(given);
      found = { name, json: toJsonPiece(JSON.stringify(name)) };
      known.set(given, found);
    }
    return found;
  };
}
