import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition, SliceBytes } from '../../pipeline/component/transform.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import { compressor } from './compress.ts';
import type { FileConfig } from './config.ts';
import { toFrame } from './frame.ts';

/**
 * Writes a slice as the file holds it: a line of OTLP/JSON, or, in protobuf or compressed, a frame. One payload a slice,
 * so that a slice is in the file whole or not at all.
 */
export const fileEncode: EncodeDefinition = defineEncode<FileConfig>({
  type: 'file',
  create: (config) => {
    const toBytes = config.format === 'json' ? toJson : toProtobuf;
    const compress = compressor(config.compression);
    if (compress !== undefined) {
      return (slice) => [{ body: toFrame(compress(toBytes(slice))), items: slice.items }];
    }
    const delimit = config.format === 'json' ? toLine : toFrame;
    return (slice) => [{ body: delimit(toBytes(slice)), items: slice.items }];
  },
});

function toJson({ signal, bytes }: SliceBytes): Uint8Array {
  return Buffer.from(encodeJson(signal, bytes));
}

function toProtobuf({ bytes }: SliceBytes): Uint8Array {
  return bytes;
}

function toLine(json: Uint8Array): Uint8Array {
  return Buffer.concat([json, newline]);
}

const newline = Buffer.from('\n');
