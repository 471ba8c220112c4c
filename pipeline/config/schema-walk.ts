import { z } from 'zod';
import type { NodePath } from './node.ts';

/** A JSON Schema (draft 2020-12) as zod derives it from a component's schema: what is accepted, with defaults and metadata. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const derived = new WeakMap<z.ZodType, JsonSchema>();

/** The JSON Schema of what a zod schema takes in; derived once. */
export function toInputSchema(schema: z.ZodType): JsonSchema {
  const known = derived.get(schema);
  if (known !== undefined) return known;
  const json: Record<string, unknown> = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  });
  delete json['$schema'];
  derived.set(schema, json);
  return json;
}

/** True for an object that is a schema. */
export function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schema and the alternatives that it is made of, at any depth. */
export function alternatives(schema: JsonSchema): JsonSchema[] {
  const nested = [schema['anyOf'], schema['oneOf'], schema['allOf']]
    .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
    .filter(isJsonSchema);
  return [schema, ...nested.flatMap(alternatives)];
}

/** The schemas that may apply to the value at `path`; empty where the path leads out of what is known. */
export function schemasAt(schema: JsonSchema, path: NodePath): JsonSchema[] {
  return path.reduce<JsonSchema[]>(
    (schemas, step) => stepInto(schemas, step),
    alternatives(schema),
  );
}

function stepInto(schemas: readonly JsonSchema[], step: string | number): JsonSchema[] {
  return schemas
    .map((schema) => (typeof step === 'number' ? schema['items'] : valueOf(schema, step)))
    .filter(isJsonSchema)
    .flatMap(alternatives);
}

function valueOf(schema: JsonSchema, key: string): unknown {
  return propertiesOf(schema)[key] ?? schema['additionalProperties'];
}

/** The named properties of a schema of a map, without those of its alternatives. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const properties = schema['properties'];
  if (!isJsonSchema(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, JsonSchema] =>
      isJsonSchema(entry[1]),
    ),
  );
}

/** Every path below the schema at which a property of this name stands, outermost first. */
export function pathsOfProperty(schema: JsonSchema, name: string, depth = 5): string[][] {
  if (depth === 0) return [];
  const children = alternatives(schema).flatMap((part) => Object.entries(propertiesOf(part)));
  const here = children.some(([key]) => key === name) ? [[]] : [];
  const below = children.flatMap(([key, child]) =>
    pathsOfProperty(child, name, depth - 1).map((path) => [key, ...path]),
  );
  return [...here, ...below];
}
