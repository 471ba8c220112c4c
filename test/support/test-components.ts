import { z } from 'zod';
import { defineConnector, definePassingConnector } from '../../pipeline/component/connector.ts';
import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { Delivery } from '../../pipeline/component/exporter.ts';
import { defineExtension } from '../../pipeline/component/extension.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { defineProcessor } from '../../pipeline/component/processor.ts';
import type { ProcessorFactory, SettingFactory } from '../../pipeline/component/processor.ts';
import { defineReceiver } from '../../pipeline/component/receiver.ts';
import type { Ingress } from '../../pipeline/component/receiver.ts';
import { createRegistry } from '../../pipeline/component/registry.ts';
import type { Factory, Loader, Registry } from '../../pipeline/component/registry.ts';
import { signals } from '../../pipeline/component/signal.ts';
import type { Payload } from '../../pipeline/component/transform.ts';
import { deliveryKeys, toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { storageOffer } from '../../pipeline/log/storage.ts';
import { spanNames, spanRequest } from './span-request.ts';
import { batchProcessor } from '../../processors/batch/factory.ts';

/** What the test components of one engine did, and what they are to do. */
export interface TestBench {
  readonly registry: Registry;
  /** Starts and shutdowns, as `start otlp` and `shutdown otlp`, in order. */
  readonly events: string[];
  /** The entrances of receivers, by id. */
  readonly ingress: Map<string, Ingress>;
  /** Span names that exporters took, by exporter id. */
  readonly sent: Map<string, string[]>;
  /** Summaries that reducers were given, by connector id. */
  readonly reduced: Map<string, unknown[]>;
  /** What an exporter answers; delivers by default. */
  answer: (exporter: string, payload: Payload, delivery: Delivery) => Outcome | Promise<Outcome>;
  /** Ids of components that fail to start. */
  readonly broken: Set<string>;
}

const empty = z.strictObject({});
/** `mark` makes two configurations of a component differ. */
const marked = z.strictObject({ mark: z.string().optional() });

/** A section of a registry's table. */
function inTable<F extends Factory>(
  ...factories: readonly F[]
): Readonly<Record<string, Loader<F>>> {
  return Object.fromEntries(
    factories.map((factory) => [factory.type, () => Promise.resolve(factory)] as const),
  );
}

/** Makes test components of every kind; their worker parts are in `test-parts.ts`. */
export function createTestBench(): TestBench {
  const events: string[] = [];
  const lifecycle = (id: string) => ({
    start: () => {
      events.push(`start ${id}`);
      return bench.broken.has(id) ? Promise.reject(new Error('told to fail')) : Promise.resolve();
    },
    shutdown: () => {
      events.push(`shutdown ${id}`);
      return Promise.resolve();
    },
  });
  const processor = (type: string, options: { samples?: boolean; tables?: boolean } = {}) =>
    defineProcessor({
      type,
      stability: 'development',
      signals,
      schema: z.strictObject({ mark: z.string().optional() }),
      samples: options.samples ?? false,
      prepare: ({ mark }) =>
        mark === 'unprepared'
          ? Promise.reject(new Error('no such file'))
          : Promise.resolve(undefined),
      metrics: {
        weir_test_items_total: { type: 'counter', help: 'Items seen.', labels: ['name'] },
      },
      ...(options.tables === true && { sharedTables: { claims: { capacity: 64 } } }),
    });
  const exporter = (type: string) =>
    defineExporter({
      type,
      stability: 'development',
      signals,
      schema: z.strictObject(deliveryKeys({ timeout: '5s' })),
      delivery: (config) => toDeliverySettings(config, { maxBytes: 1e6 }),
      create: (_config, { id, ...context }) => ({
        ...lifecycle(id),
        ...(id === 'test/asks' && {
          start: () => lifecycle(`${id} with ${String(context.offer('test.offer'))}`).start(),
        }),
        send: async (payload, delivery) => {
          const outcome = await bench.answer(id, payload, delivery);
          const names =
            type === 'test' ? spanNames(payload.body) : [Buffer.from(payload.body).toString()];
          if (outcome.kind === 'delivered') {
            bench.sent.set(id, [...(bench.sent.get(id) ?? []), ...names]);
          }
          return outcome;
        },
      }),
    });
  const registry = createRegistry({
    receivers: inTable(
      defineReceiver({
        type: 'test',
        stability: 'development',
        signals,
        schema: marked,
        create: (_config, { id }, ingress) => {
          bench.ingress.set(id, ingress);
          return lifecycle(id);
        },
      }),
    ),
    processors: inTable<ProcessorFactory | SettingFactory>(
      processor('test_action'),
      processor('test_sampler', { samples: true }),
      processor('test_table', { tables: true }),
      batchProcessor,
    ),
    exporters: inTable(exporter('test'), exporter('test_encoding')),
    connectors: inTable(
      definePassingConnector({
        type: 'forward',
        stability: 'development',
        connects: signals.map((signal) => ({ from: signal, to: signal })),
        schema: empty,
      }),
      defineConnector({
        type: 'test_count',
        stability: 'development',
        connects: [{ from: 'traces', to: 'traces' }],
        schema: z.strictObject({ emit: z.string().default('summary') }),
        create: (config, { id }, output) => ({
          ...lifecycle(id),
          shutdown: async () => {
            await output.emit('traces', spanRequest([config.emit]));
            await lifecycle(id).shutdown();
          },
          add: (summary) => {
            bench.reduced.set(id, [...(bench.reduced.get(id) ?? []), summary]);
          },
        }),
      }),
    ),
    extensions: inTable(
      defineExtension({
        type: 'test_storage',
        stability: 'development',
        isStorage: true,
        schema: z.strictObject({ directory: z.string() }),
        create: ({ directory }) => ({ offers: { [storageOffer]: { directory, mode: 'write' } } }),
      }),
      defineExtension({
        type: 'test',
        stability: 'development',
        schema: marked,
        create: (_config, { id }) => ({ ...lifecycle(id), offers: { 'test.offer': id } }),
      }),
    ),
  });
  const bench: TestBench = {
    registry,
    events,
    ingress: new Map(),
    sent: new Map(),
    reduced: new Map(),
    answer: () => delivered,
    broken: new Set(),
  };
  return bench;
}
