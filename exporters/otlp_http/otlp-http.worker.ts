import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition } from '../../pipeline/component/transform.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';

/** Writes OTLP/JSON, one payload a slice; where the exporter sends protobuf it is left out, because the log holds that. */
export const otlpHttpEncode: EncodeDefinition = defineEncode({
  type: 'otlp_http',
  create: () => {
    return ({ signal, bytes, items }) => [{ body: Buffer.from(encodeJson(signal, bytes)), items }];
  },
});
