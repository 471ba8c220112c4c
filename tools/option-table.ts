import {
  alternatives,
  isJsonSchema,
  propertiesOf,
  type JsonSchema,
} from '../pipeline/config/schema-walk.ts';

/** One documented key. */
interface OptionRow {
  readonly key: string;
  readonly type: string;
  readonly defaultText: string;
  readonly description: string;
}

/**
 * The options of a component as a Markdown table, one row a key, nested keys dotted; a sentence where there is none. What is in a
 * key whose metadata says `inline: true` has no rows of its own: its form is told elsewhere, once for many such keys.
 */
export function formatOptionTable(schema: JsonSchema): string {
  const rows = optionRows(schema, '');
  if (rows.length === 0) return 'It has no options.';
  const lines = rows.map(
    ({ key, type, defaultText, description }) =>
      `| \`${key}\` | ${type} | ${defaultText} | ${escapeCell(description)} |`,
  );
  return ['| key | type | default | what it does |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}

function optionRows(schema: JsonSchema, prefix: string): OptionRow[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return alternatives(schema).flatMap((part) =>
    Object.entries(propertiesOf(part)).flatMap(([name, child]) => {
      const key = `${prefix}${name}`;
      const row = {
        key,
        type: typeOf(child),
        defaultText: defaultOf(child, required.includes(name)),
        description: typeof child['description'] === 'string' ? child['description'] : '',
      };
      return child['inline'] === true ? [row] : [row, ...nestedRows(child, key)];
    }),
  );
}

function nestedRows(schema: JsonSchema, key: string): OptionRow[] {
  const below = optionRows(schema, `${key}.`);
  const lists = alternatives(schema).map((part) => part['items']);
  const maps = alternatives(schema).map((part) => part['additionalProperties']);
  return [
    ...below,
    ...lists.filter(isJsonSchema).flatMap((items) => optionRows(items, `${key}[].`)),
    ...maps.filter(isJsonSchema).flatMap((values) => optionRows(values, `${key}.*.`)),
  ];
}

const typeNames: Readonly<Record<string, string>> = {
  integer: 'int',
  boolean: 'bool',
  object: 'map',
  array: 'list',
};

function typeOf(schema: JsonSchema): string {
  if (schema['secret'] === true) return 'secret';
  if (schema['format'] === 'duration' || schema['format'] === 'size') return schema['format'];
  const choices = schema['enum'];
  if (Array.isArray(choices)) {
    return choices.map((choice) => `\`${choice === '' ? '""' : String(choice)}\``).join(', ');
  }
  if ('const' in schema) return `\`${String(schema['const'])}\``;
  const parts = alternatives(schema).slice(1);
  const names = [...new Set(parts.map(typeOf))].filter((name) => name !== 'null');
  if (names.length > 0) return names.join(' or ');
  const type = typeof schema['type'] === 'string' ? schema['type'] : 'any';
  if (type === 'array' && isJsonSchema(schema['items'])) {
    const items = typeOf(schema['items']);
    return items === 'map' ? 'list of maps' : `list of ${items}`;
  }
  return typeNames[type] ?? type;
}

/** The default of a map is told at its keys. */
function defaultOf(schema: JsonSchema, isRequired: boolean): string {
  if (isRequired) return 'required';
  const value = schema['default'];
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (value === undefined || (isMap && Object.keys(value).length === 0)) return '';
  if (value === '') return '`""`';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
