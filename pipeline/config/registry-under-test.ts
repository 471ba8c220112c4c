import { z } from 'zod';
import { defineConnector } from '../component/connector.ts';
import { defineExporter } from '../component/exporter.ts';
import { defineExtension } from '../component/extension.ts';
import { delivered } from '../component/outcome.ts';
import { defineProcessor } from '../component/processor.ts';
import { defineReceiver } from '../component/receiver.ts';
import { createRegistry, type Registry } from '../component/registry.ts';
import { signals } from '../component/signal.ts';
import { deliveryKeys, toDeliverySettings } from '../deliver/config.ts';
import { loadConfig, type LoadOptions, type LoadResult } from './load.ts';
import { secret } from './secret.ts';
import { serverTls } from './tls.ts';

const source = defineReceiver({
  type: 'source',
  stability: 'stable',
  signals,
  schema: z.strictObject({
    endpoint: z.string().default('127.0.0.1:4317').meta({ description: 'Where to listen.' }),
    tls: serverTls.optional(),
  }),
  create: () => ({}),
});

const step = defineProcessor({
  type: 'step',
  stability: 'beta',
  signals: ['traces'],
  schema: z.strictObject({
    mode: z.enum(['fast', 'exact']).default('fast').meta({ description: 'How it works.' }),
    names: z.array(z.string()).default([]).meta({ description: 'Names.' }),
    share: z.number().min(0).max(100).optional().meta({ description: 'Share in percent.' }),
  }),
});

const sink = defineExporter({
  type: 'sink',
  stability: 'beta',
  signals,
  schema: z.strictObject({
    endpoint: z.string().meta({ description: 'Where to send.' }),
    database: z.string().optional().meta({ description: 'Database.' }),
    password: secret('Password.').optional(),
    salt_of_the_earth: secret('A secret with a harmless name.').optional(),
    headers: z.record(z.string(), z.string()).default({}).meta({ description: 'Headers.' }),
    retries: z.int().min(0).default(3).meta({ description: 'Repeats.' }),
    ...deliveryKeys({ timeout: '5s' }),
  }),
  delivery: (config) => toDeliverySettings(config, { maxBytes: 1024 }),
  create: () => ({ send: () => Promise.resolve(delivered) }),
});

const bridge = defineConnector({
  type: 'bridge',
  stability: 'alpha',
  connects: [{ from: 'traces', to: 'metrics' }],
  schema: z.strictObject({}),
  create: () => ({ add: () => undefined }),
});

const store = defineExtension({
  type: 'store',
  isStorage: true,
  stability: 'stable',
  schema: z.strictObject({}),
  create: () => ({}),
});

/** One component of each kind, for the tests of this folder. */
export const registry: Registry = createRegistry(
  {
    receivers: { source: () => Promise.resolve(source) },
    processors: { step: () => Promise.resolve(step) },
    exporters: { sink: () => Promise.resolve(sink) },
    connectors: { bridge: () => Promise.resolve(bridge) },
    extensions: { store: () => Promise.resolve(store) },
  },
  { sink_grpc: 'sink' },
);

/** Loads YAML as `config.yaml` with that registry and an empty environment. */
export function loadYaml(yaml: string, options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  return loadConfig({
    sources: [{ kind: 'text', name: 'config.yaml', text: yaml }],
    sets: [],
    env: {},
    registry,
    cwd: '/nowhere',
    ...options,
  });
}

/** A configuration that is in order, with the body of its exporter `sink` put in. */
export function yamlWithSink(body: string): string {
  return `
receivers:
  source:
exporters:
  sink:
${body.replace(/^/gm, '    ')}
service:
  pipelines:
    traces:
      receivers: [source]
      exporters: [sink]
`;
}

/** The data of the exporter `sink`, as its factory gets it. @throws Error where the configuration is refused. */
export function sinkOf(result: LoadResult): unknown {
  if (result.ok) return result.config.exporters.get('sink')?.raw;
  throw new Error(result.diagnostics.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}
