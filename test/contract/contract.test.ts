import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { registry } from '../../cmd/weir/components.ts';
import { workerParts } from '../../cmd/weir/worker-parts.ts';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Lifecycle } from '../../pipeline/component/lifecycle.ts';
import type { Factory, Loader } from '../../pipeline/component/registry.ts';
import type { Ingress } from '../../pipeline/component/receiver.ts';
import type { WorkerPart } from '../../pipeline/component/transform.ts';
import { createTaskRunner } from '../../pipeline/stage/task-runner.ts';
import { allocateSharedTable } from '../../pipeline/stage/shared-table.ts';
import { tableKey } from '../../pipeline/stage/spec.ts';
import type { PartSpec } from '../../pipeline/stage/spec.ts';
import { createRecordingContext } from '../support/component-context.ts';
import type { RecordingContext } from '../support/component-context.ts';

const directory = mkdtempSync(join(tmpdir(), 'weir-contract-'));
after(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** What a component cannot do without, and ports that are free; everything else must have a default. */
const minimalYaml: Readonly<Record<string, string>> = {
  'receiver otlp':
    '{ protocols: { grpc: { endpoint: "127.0.0.1:0" }, http: { endpoint: "127.0.0.1:0" } } }',
  'processor probabilistic_sampler': '{ sampling_percentage: 10 }',
  'setting memory_limiter': '{ limit_mib: 100 }',
  'exporter clickhouse': '{ endpoint: "http://127.0.0.1:9" }',
  'exporter file': `{ path: ${JSON.stringify(join(directory, 'out.jsonl'))} }`,
  'exporter otlp': '{ endpoint: "127.0.0.1:9", tls: { insecure: true } }',
  'exporter prometheus': '{ endpoint: "127.0.0.1:0" }',
  'exporter langfuse': '{ public_key: pk, secret_key: sk }',
  'exporter otlp_http': '{ endpoint: "http://127.0.0.1:9" }',
  'exporter prometheus_remote_write': '{ endpoint: "http://127.0.0.1:9" }',
  'extension health_check': '{ endpoint: "127.0.0.1:0" }',
  'extension chdb': '{ endpoint: "127.0.0.1:0" }',
};

/** Started in their own tests only: what they start is large and not on every platform. */
const neverStarted = new Set(['extension chdb']);

const build = await registry.load(registry.types);

const factories: readonly Factory[] = [
  ...new Set<Factory>([
    ...build.receivers.values(),
    ...build.processors.values(),
    ...build.exporters.values(),
    ...build.connectors.values(),
    ...build.extensions.values(),
  ]),
];

const partLoaders: readonly (readonly [name: string, load: Loader<WorkerPart>])[] = (
  ['transform', 'map', 'encode'] as const
).flatMap((part) =>
  Object.entries(workerParts[part]).map(([type, load]) => [`${part} ${type}`, load] as const),
);

const parts = await Promise.all(partLoaders.map(([, load]) => load()));

function nameOf(factory: Factory): string {
  return `${factory.kind} ${factory.type}`;
}

function minimalOf(factory: Factory): Record<string, unknown> {
  return (parse(minimalYaml[nameOf(factory)] ?? '{}') ?? {}) as Record<string, unknown>;
}

function createContext(): RecordingContext {
  return createRecordingContext('contract', {
    dataDir: directory,
    ingressBudget: createByteBudget(1e6),
  } satisfies Partial<ComponentContext>);
}

const ingress: Ingress = {
  accepts: () => true,
  consume: () => Promise.resolve({ kind: 'accepted', rejectedItems: 0, message: '' }),
  settled: () => Promise.resolve(),
};

/** Builds the component; undefined where the main thread holds no instance of its kind. */
function create(factory: Factory, raw: unknown, context: ComponentContext): Lifecycle | undefined {
  switch (factory.kind) {
    case 'receiver':
      return factory.create(raw, context, ingress);
    case 'exporter':
      return factory.create(raw, context);
    case 'connector':
      return factory.create(raw, context, { emit: () => Promise.resolve() });
    case 'extension':
      return factory.create(raw, context);
    case 'processor':
    case 'setting':
      return undefined;
  }
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly description?: string;
  readonly secret?: boolean;
}

function schemaOf(factory: Factory): JsonSchema {
  const options = { io: 'input', unrepresentable: 'any' } as const;
  return z.toJSONSchema(factory.schema, options) as JsonSchema;
}

/** The description of a key, or of the one form that has one where it takes several. */
function descriptionOf(schema: JsonSchema): string {
  const own = schema.description ?? schema.anyOf?.find((form) => form.description)?.description;
  return own ?? 'no description';
}

/** Every key at any depth with its path. */
function* keysOf(schema: JsonSchema, path = ''): Generator<readonly [string, JsonSchema]> {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    yield [`${path}${key}`, value];
    yield* keysOf(value, `${path}${key}.`);
  }
  if (schema.items !== undefined) yield* keysOf(schema.items, path);
  for (const option of schema.anyOf ?? []) yield* keysOf(option, path);
  if (typeof schema.additionalProperties === 'object') {
    yield* keysOf(schema.additionalProperties, `${path}*.`);
  }
}

for (const factory of factories) {
  const raw = minimalOf(factory);
  describe(nameOf(factory), () => {
    test('is built from the least YAML', () => {
      const { error } = factory.schema.safeParse(raw);
      assert.equal(error, undefined);
      create(factory, raw, createContext());
    });

    test('rejects a key that it does not know', () => {
      assert.equal(factory.schema.safeParse({ ...raw, no_such_key: 1 }).success, false);
    });

    test('describes every key in a sentence', () => {
      const bare = [...keysOf(schemaOf(factory))]
        .filter(([, schema]) => !descriptionOf(schema).endsWith('.'))
        .map(([path, schema]) => `${path}: ${descriptionOf(schema)}`);
      assert.deepEqual(bare, []);
    });

    test('declares metrics with names that say what they count', () => {
      for (const [name, { type, help }] of Object.entries(factory.metrics)) {
        assert.match(name, /^weir_[a-z0-9]+(_[a-z0-9]+)+$/);
        assert.equal(type === 'counter', name.endsWith('_total'), name);
        assert.match(help, /\.$/);
      }
    });

    test('shuts down before it started, and twice', async () => {
      const component = create(factory, raw, createContext());
      await component?.shutdown?.();
      await component?.shutdown?.();
    });

    const skip = neverStarted.has(nameOf(factory));
    test('leaves nothing behind once it was started and shut down', { skip }, async () => {
      const before = process.getActiveResourcesInfo().sort();
      const component = create(factory, raw, createContext());
      await component?.start?.();
      await component?.shutdown?.();
      await component?.shutdown?.();
      let left = process.getActiveResourcesInfo().sort();
      for (let waits = 0; left.length > before.length && waits < 100; waits += 1) {
        await delay(20);
        left = process.getActiveResourcesInfo().sort();
      }
      assert.ok(left.length <= before.length, `left ${left.join(', ')}, was ${before.join(', ')}`);
    });

    const secrets = [...keysOf(schemaOf(factory))].filter(([, schema]) => schema.secret === true);
    test('writes no secret to the log', { skip: secrets.length === 0 || skip }, async () => {
      const planted = 'planted-secret-0123456789abcdef';
      for (const [path] of secrets) {
        const context = createContext();
        const config = plant(raw, path.split('.'), planted);
        if (!factory.schema.safeParse(config).success) continue;
        let component: Lifecycle | undefined;
        try {
          component = create(factory, config, context);
          await component?.start?.();
        } catch (error) {
          assert.ok(!String(error).includes(planted), path);
        }
        await component?.shutdown?.();
        assert.ok(!JSON.stringify(context.lines).includes(planted), path);
      }
    });
  });
}

/** A copy of the config with a value at the path; `*` stands for any key. */
function plant(raw: unknown, path: readonly string[], value: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const own = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
  const name = key === '*' ? 'x-planted' : key;
  return { ...own, [name]: plant(own[name], rest, value) };
}

describe('the table of components', () => {
  test('has each factory under its own type, and under the other spellings of it', () => {
    for (const section of Object.values<ReadonlyMap<string, Factory>>({ ...build })) {
      for (const factory of section.values()) {
        assert.equal(section.get(factory.type), factory, factory.type);
      }
    }
    const known = Object.values(build).flatMap((section: ReadonlyMap<string, Factory>) => [
      ...section.keys(),
    ]);
    assert.deepEqual(known.sort(), Object.values(registry.types).flat().sort());
  });
});

describe('worker parts', () => {
  test('stand in their table under what they do and their type', () => {
    assert.deepEqual(
      parts.map(({ part, type }) => `${part} ${type}`),
      partLoaders.map(([name]) => name),
    );
  });

  test('each has its factory, and each processor and mapping connector its part', () => {
    const expected = [
      ...[...build.processors.values()]
        .filter(({ kind }) => kind === 'processor')
        .map(({ type }) => `transform ${type}`),
      ...[...build.connectors.values()]
        .filter(({ passes }) => !passes)
        .map(({ type }) => `map ${type}`),
    ];
    const found = parts.map(({ part, type }) => `${part} ${type}`);
    assert.deepEqual(
      found.filter((name) => !name.startsWith('encode ')).sort(),
      [...new Set(expected)].sort(),
    );
    for (const { part, type } of parts) {
      if (part === 'encode') assert.ok(build.exporters.has(type), `encoder of ${type}`);
    }
  });

  for (const { part, type } of parts) {
    test(`${part} of ${type} is built from a structured clone of what its factory parsed and prepared`, async () => {
      const factory = factories.find((one) => one.type === type && one.kind === kindsOfPart[part]);
      assert.ok(factory !== undefined && factory.kind !== 'setting');
      const raw = minimalOf(factory);
      const prepared =
        'prepare' in factory ? await factory.prepare(raw, createContext()) : undefined;
      const spec: PartSpec = structuredClone({
        part,
        type,
        id: type,
        config: factory.schema.parse(raw),
        prepared,
      });
      const declared = factory.kind === 'processor' ? factory.sharedTables : {};
      const tables = new Map(
        Object.entries(declared).map(
          ([name, { capacity }]) => [tableKey(type, name), allocateSharedTable(capacity)] as const,
        ),
      );
      for (const signal of 'signals' in factory ? factory.signals : []) {
        const chain = { pipeline: signal, signal, parts: part === 'encode' ? [] : [spec] };
        const encoders = part === 'encode' ? [{ signal, part: spec }] : [];
        await createTaskRunner({ chains: [chain], encoders, tables }, workerParts);
      }
    });
  }
});

const kindsOfPart = { transform: 'processor', map: 'connector', encode: 'exporter' } as const;
