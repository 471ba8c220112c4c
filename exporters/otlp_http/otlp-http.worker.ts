import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition } from '../../pipeline/component/transform.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import type { OtlpHttpConfig } from './config.ts';

/** Writes OTLP/JSON where the exporter is configured to; protobuf passes as it is. One payload a slice. */
export const otlpHttpEncode: EncodeDefinition = defineEncode<OtlpHttpConfig>({
  type: 'otlp_http',
  create: (config) => {
    if (config.encoding === 'proto') return ({ bytes, items }) => [{ body: bytes, items }];
    return ({ signal, bytes, items }) => [{ body: Buffer.from(encodeJson(signal, bytes)), items }];
  },
});
