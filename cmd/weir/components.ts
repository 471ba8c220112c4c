import { nopExporter } from '../../exporters/nop/factory.ts';
import { createRegistry } from '../../pipeline/component/registry.ts';
import type { Registry } from '../../pipeline/component/registry.ts';

/** Every component type of this build, one line each, with the Collector's other spellings. */
export const registry: Registry = createRegistry([nopExporter], {
  otlp_grpc: 'otlp',
  otlphttp: 'otlp_http',
});
