/** What a message carries besides its value. */
export interface MessageHead {
  /** '' for the topic of the signal. */
  readonly topic: string;
  /** '' for none. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A message of Kafka. */
export interface KafkaMessage {
  readonly head: MessageHead;
  readonly value: Uint8Array;
}

/** Lengths of head and value. */
const lengthsBytes = 8;

/**
 * Offset and time deltas, lengths and the number of headers of a record, and what its key and value take as varints
 * (https://kafka.apache.org/documentation/#record), and its share of the batch's header of 61 bytes.
 */
export const messageOverheadBytes = 100;

/** A header is written with two lengths, which take no more than this. */
const headerOverheadBytes = 6;

/** What a message takes of a request. */
export function messageBytes({ head, value }: KafkaMessage): number {
  return messageOverheadBytes + headBytes(head) + value.byteLength;
}

/** What the key and the headers take. */
export function headBytes({ key, headers }: MessageHead): number {
  let size = Buffer.byteLength(key);
  for (const [name, value] of Object.entries(headers)) {
    size += headerOverheadBytes + Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  return size;
}

/** Puts messages end to end into one payload, because a slice is one payload: it can then be halved as a whole. */
export function packMessages(messages: readonly KafkaMessage[]): Uint8Array {
  const heads = messages.map(({ head }) => packHead(head));
  const size = messages.reduce(
    (sum, { value }, index) => sum + lengthsBytes + (heads[index]?.length ?? 0) + value.byteLength,
    0,
  );
  const body = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const [index, { value }] of messages.entries()) {
    const head = heads[index] ?? noHead;
    at = body.writeUInt32LE(head.length, at);
    at = body.writeUInt32LE(value.byteLength, at);
    body.set(head, at);
    body.set(value, at + head.length);
    at += head.length + value.byteLength;
  }
  return body;
}

/** The messages that `packMessages` put together; values are views. */
export function unpackMessages(body: Uint8Array): KafkaMessage[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const messages: KafkaMessage[] = [];
  for (let at = 0; at < bytes.length;) {
    const headEnd = at + lengthsBytes + bytes.readUInt32LE(at);
    const end = headEnd + bytes.readUInt32LE(at + 4);
    const head = unpackHead(bytes.subarray(at + lengthsBytes, headEnd));
    messages.push({ head, value: bytes.subarray(headEnd, end) });
    at = end;
  }
  return messages;
}

const noHead = Buffer.alloc(0);

/** The first letter of JSON: a key alone, which is the rule, is written as it is, behind a space. */
const jsonStart = '{';

function packHead(head: MessageHead): Buffer {
  const { topic, key, headers } = head;
  if (topic !== '' || Object.keys(headers).length > 0) return Buffer.from(JSON.stringify(head));
  return key === '' ? noHead : Buffer.from(` ${key}`);
}

function unpackHead(bytes: Buffer): MessageHead {
  const text = bytes.toString();
  // Sound because packHead wrote it.
  if (text.startsWith(jsonStart)) return JSON.parse(text) as MessageHead;
  return { topic: '', key: text.slice(1), headers: {} };
}

/** Messages in runs of one topic that each stay within `maxBytes`, in order within a topic. */
export function groupForRequests(
  messages: readonly KafkaMessage[],
  maxBytes: number,
): [KafkaMessage, ...KafkaMessage[]][] {
  const groups: [KafkaMessage, ...KafkaMessage[]][] = [];
  const open = new Map<string, { group: KafkaMessage[]; size: number }>();
  for (const message of messages) {
    const { topic } = message.head;
    const added = messageBytes(message);
    const last = open.get(topic);
    if (last !== undefined && last.size + added <= maxBytes) {
      last.group.push(message);
      last.size += added;
      continue;
    }
    const group: [KafkaMessage, ...KafkaMessage[]] = [message];
    groups.push(group);
    open.set(topic, { group, size: added });
  }
  return groups;
}
