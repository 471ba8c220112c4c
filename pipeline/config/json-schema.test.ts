import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toJsonSchema } from './json-schema.ts';
import { registry } from './registry-under-test.ts';
import { schemasAt, type JsonSchema } from './schema-walk.ts';

const schema = toJsonSchema(await registry.load(registry.types));

function exporterSchema(id: string): JsonSchema | undefined {
  const exporters = schemasAt(schema, ['exporters'])[0] ?? {};
  const patterns = Object.entries(exporters['patternProperties'] ?? {}) as [string, JsonSchema][];
  return patterns.find(([pattern]) => new RegExp(pattern).test(id))?.[1];
}

describe('the JSON Schema for editors', () => {
  it('knows a component by its type, with a name or without, and by its other spelling', () => {
    for (const id of ['sink', 'sink/a', 'sink_grpc', 'sink_grpc/b']) assert.ok(exporterSchema(id));
    for (const id of ['sink2', 'sink/', 'asink']) assert.equal(exporterSchema(id), undefined);
  });

  it('carries descriptions and defaults, and refuses unknown keys', () => {
    const sink = exporterSchema('sink') ?? {};
    assert.equal(sink['additionalProperties'], false);
    const [timeout] = schemasAt(sink, ['timeout']);
    assert.equal(timeout?.['description'], 'Per attempt; 0 means none.');
    assert.equal(timeout['default'], '5s');
  });

  it('lets a number or a word come from the environment', () => {
    const [retries] = schemasAt(exporterSchema('sink') ?? {}, ['retries']);
    assert.equal(retries?.['default'], 3);
    assert.deepEqual((retries['anyOf'] as unknown[]).at(-1), { $ref: '#/$defs/reference' });
  });

  it('lets a component without required keys stand without a value', () => {
    const json = JSON.stringify(schema);
    assert.match(json, /"\^source\(\/\.\+\)\?\$":\{"type":\["object","null"\]/);
    assert.equal(exporterSchema('sink')?.['type'], 'object');
  });

  it('marks secrets for editors and leaves our own flag out', () => {
    const [password] = schemasAt(exporterSchema('sink') ?? {}, ['password']);
    assert.equal(password?.['writeOnly'], true);
    assert.equal('secret' in password, false);
  });
});
