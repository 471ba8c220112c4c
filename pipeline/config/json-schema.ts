import type { Factories, Factory } from '../component/registry.ts';
import { componentKinds, singular, type ComponentKind } from './foreign-components.ts';
import { isJsonSchema, toInputSchema, type JsonSchema } from './schema-walk.ts';
import { budgetsSchema, serviceSchema, testsSchema } from './service-schema.ts';

/** The schema's name; stable, so that editors and other schemas may refer to it. */
const schemaId = 'urn:weir:schema:config';

/** Stands for a value of any type that is given by `${env:…}` or `${file:…}`. */
const reference = { $ref: '#/$defs/reference' };

/** The JSON Schema (draft 2020-12) of the whole configuration, for editors: each of these component types by id pattern. */
export function toJsonSchema(factories: Factories): JsonSchema {
  const sections = componentKinds.map((kind) => [kind, sectionSchema(kind, factories)] as const);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: schemaId,
    title: 'Weir configuration',
    type: 'object',
    properties: {
      ...Object.fromEntries(sections),
      service: allowReferences(toInputSchema(serviceSchema)),
      budgets: allowReferences(toInputSchema(budgetsSchema)),
      tests: toInputSchema(testsSchema),
    },
    required: ['service'],
    additionalProperties: false,
    $defs: {
      reference: {
        description: 'A value from the environment or a file.',
        type: 'string',
        pattern: '\\$\\{',
      },
    },
  };
}

function sectionSchema(kind: ComponentKind, factories: Factories): JsonSchema {
  const patterns = [...factories[kind]].map(([type, factory]) => [
    `^${type}(/.+)?$`,
    componentSchema(kind, type, factory),
  ]);
  return {
    description: `The ${kind} by id: "type" or "type/name".`,
    type: ['object', 'null'],
    patternProperties: Object.fromEntries(patterns) as Record<string, JsonSchema>,
    additionalProperties: false,
  };
}

function componentSchema(kind: ComponentKind, type: string, factory: Factory): JsonSchema {
  const alias = type === factory.type ? '' : `, another spelling of ${factory.type}`;
  const schema = allowReferences(toInputSchema(factory.schema));
  const required = Array.isArray(schema['required']) && schema['required'].length > 0;
  return {
    ...schema,
    description: `The ${singular(kind)} ${type} (${factory.stability})${alias}.`,
    ...(required ? {} : { type: ['object', 'null'] }),
  };
}

const typesOfReferences: ReadonlySet<unknown> = new Set(['integer', 'number', 'boolean']);

/** A copy in which a number, a boolean or one of several words may also be a reference. */
function allowReferences(schema: JsonSchema): JsonSchema {
  const copied = mapChildren(schema);
  const isClosed = typesOfReferences.has(copied['type']) || 'enum' in copied || 'const' in copied;
  if (!isClosed) return copied;
  const { description, default: default_, ...closed } = copied;
  return {
    ...(description === undefined ? {} : { description }),
    ...(default_ === undefined ? {} : { default: default_ }),
    anyOf: [closed, reference],
  };
}

const nestedMaps: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs']);
const nestedSchemas: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'anyOf',
  'oneOf',
  'allOf',
]);

function mapChildren(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key === 'secret') return ['writeOnly', value] as const;
    if (nestedMaps.has(key) && isJsonSchema(value)) return [key, mapValues(value)] as const;
    return [key, nestedSchemas.has(key) ? mapNested(value) : value] as const;
  });
  return Object.fromEntries(entries);
}

function mapValues(schemas: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schemas).map(([key, value]) => [key, mapNested(value)] as const),
  );
}

function mapNested(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapNested);
  return isJsonSchema(value) ? allowReferences(value) : value;
}
