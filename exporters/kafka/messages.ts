/** A message of Kafka. */
export interface KafkaMessage {
  /** '' for none. */
  readonly key: string;
  readonly value: Uint8Array;
}

/** Lengths of key and value. */
const headerBytes = 8;

/**
 * Offset and time deltas, lengths and the number of headers of a record, and what its key and value take as varints
 * (https://kafka.apache.org/documentation/#record), and its share of the batch's header of 61 bytes.
 */
export const messageOverheadBytes = 100;

/** What a message takes of a request. */
export function messageBytes({ key, value }: KafkaMessage): number {
  return messageOverheadBytes + key.length + value.byteLength;
}

/** Puts messages end to end into one payload, because a slice is one payload: it can then be halved as a whole. */
export function packMessages(messages: readonly KafkaMessage[]): Uint8Array {
  const size = messages.reduce(
    (sum, { key, value }) => sum + headerBytes + key.length + value.byteLength,
    0,
  );
  const body = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const { key, value } of messages) {
    at = body.writeUInt32LE(key.length, at);
    at = body.writeUInt32LE(value.byteLength, at);
    at += body.write(key, at, 'latin1');
    body.set(value, at);
    at += value.byteLength;
  }
  return body;
}

/** The messages that `packMessages` put together; values are views. */
export function unpackMessages(body: Uint8Array): KafkaMessage[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const messages: KafkaMessage[] = [];
  for (let at = 0; at < bytes.length;) {
    const keyEnd = at + headerBytes + bytes.readUInt32LE(at);
    const end = keyEnd + bytes.readUInt32LE(at + 4);
    const key = bytes.toString('latin1', at + headerBytes, keyEnd);
    messages.push({ key, value: bytes.subarray(keyEnd, end) });
    at = end;
  }
  return messages;
}

/** Runs of messages, in order, that each stay within `maxBytes`. */
export function groupBySize(messages: readonly KafkaMessage[], maxBytes: number): KafkaMessage[][] {
  const groups: KafkaMessage[][] = [];
  let size = Infinity;
  for (const message of messages) {
    const added = messageBytes(message);
    if (size + added > maxBytes) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(message);
    size += added;
  }
  return groups;
}
