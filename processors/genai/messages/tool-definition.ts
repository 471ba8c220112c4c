import { parseJson, toObject } from '../usage-object.ts';

/** One element of `gen_ai.tool.definitions`, flat as semconv has it. */
export interface ToolDefinition {
  readonly type: string;
  readonly name?: string;
  readonly description?: string;
  readonly parameters?: unknown;
}

/**
 * Tool definitions from any provider's shape: OpenAI's nested `{type, function}`, Anthropic's `input_schema`, Vercel's
 * `inputSchema`, Gemini's `functionDeclarations`, Bedrock's `toolSpec`, or JSON text of these. Undefined where there is none.
 */
export function toToolDefinitions(value: unknown): ToolDefinition[] | undefined {
  const parsed = typeof value === 'string' ? parseJson(value) : value;
  const list = Array.isArray(parsed) ? parsed : parsed === undefined ? [] : [parsed];
  const tools = list.flatMap(toTools);
  return tools.length > 0 ? tools : undefined;
}

/** Whether definitions are in semconv's own shape already. */
export function areToolDefinitions(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((tool) => {
      const definition = toObject(tool);
      if (definition === undefined || typeof definition['type'] !== 'string') return false;
      return !(
        'function' in definition ||
        'input_schema' in definition ||
        'inputSchema' in definition
      );
    })
  );
}

function toTools(value: unknown): ToolDefinition[] {
  const tool = toObject(typeof value === 'string' ? parseJson(value) : value);
  if (tool === undefined) return [];
  const declarations = tool['functionDeclarations'] ?? tool['function_declarations'];
  if (Array.isArray(declarations)) return declarations.flatMap(toTools);
  const definition = toObject(tool['function']) ?? toObject(tool['toolSpec']) ?? tool;
  const { name, description } = definition;
  const parameters =
    definition['parameters'] ??
    definition['input_schema'] ??
    plainSchema(definition['inputSchema']) ??
    definition['arguments'];
  return [
    {
      type:
        typeof tool['type'] === 'string' && tool['type'] !== 'custom' ? tool['type'] : 'function',
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof description === 'string' ? { description } : {}),
      ...(parameters === undefined ? {} : { parameters: fromText(parameters) }),
    },
  ];
}

/** Bedrock's schemas are `{ json }`. */
function plainSchema(schema: unknown): unknown {
  return toObject(schema)?.['json'] ?? schema;
}

function fromText(value: unknown): unknown {
  return typeof value === 'string' ? (parseJson(value) ?? value) : value;
}
