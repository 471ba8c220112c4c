import { isVarint } from './wire.ts';

/**
 * A KeyValue as nearly all encoders write it: the key, then one AnyValue with one scalar field, which together fill it.
 * Reading such ones by comparing a few bytes, without a field loop, is what makes walking fast.
 */
export class PlainAttribute {
  keyStart = 0;
  keyEnd = 0;
  /** Where the AnyValue starts; it ends with the KeyValue. */
  valueStart = 0;
  /** Field number of the AnyValue's field, 0 where it is empty. */
  kind = 0;
  /** Payload of that field; it ends with the KeyValue. */
  start = 0;

  /** Looks into the KeyValue `bytes[start..end)`; false where it is written in any other way, or broken. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const keyLength = bytes[start + 1] ?? 0;
    const keyEnd = start + 2 + keyLength;
    // Tags 0x0a and 0x12 are the length-delimited fields 1 and 2: key and value.
    if (bytes[start] !== 0x0a || keyLength > 127 || keyEnd + 2 > end) return false;
    if (bytes[keyEnd] !== 0x12) return false;
    let valueStart = keyEnd + 2;
    let length = bytes[keyEnd + 1] ?? 0;
    if (length > 127) {
      const high = bytes[valueStart++] ?? 0;
      if (high > 127) return false;
      length = (length & 127) + (high << 7);
    }
    if (valueStart + length !== end) return false;
    this.keyStart = start + 2;
    this.keyEnd = keyEnd;
    this.valueStart = valueStart;
    return this.#readValue(bytes, valueStart, end);
  }

  #readValue(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) {
      this.kind = 0;
      this.start = end;
      return true;
    }
    const tag = bytes[start] ?? 0;
    const first = bytes[start + 1] ?? 0;
    this.kind = tag >>> 3;
    this.start = start + 2;
    switch (tag) {
      // string_value and bytes_value
      case 0x0a:
      case 0x3a: {
        if (first < 128) return start + 2 + first === end;
        const second = bytes[start + 2] ?? 0;
        this.start = start + 3;
        return second < 128 && start + 3 + (first & 127) + (second << 7) === end;
      }
      // bool_value
      case 0x10:
        this.start = start + 1;
        return start + 2 === end && first < 128;
      // int_value
      case 0x18:
        this.start = start + 1;
        return isVarint(bytes, start + 1, end);
      // double_value
      case 0x21:
        this.start = start + 1;
        return start + 9 === end;
      default:
        return false;
    }
  }
}
