import { JsonText, toJsonPiece } from '../../../pipeline/batch/json-text.ts';
import type { Key } from '../../../pipeline/batch/key.ts';
import { createMemoryReader, type ReadJson } from '../json-reader.ts';
import { toJsonData } from '../loose.ts';
import { toJsonText } from '../usage-object.ts';
import { areToolDefinitions, type ToolDefinition, toToolDefinitions } from './tool-definition.ts';

/**
 * Creates a reader of tool definitions under a key, in any provider's shape; under semconv's own key it gives nothing where
 * they are in semconv's shape already. An agent offers the same tools in call after call: they are converted once.
 */
export function createToolReader(key: Key): ReadJson<JsonText> {
  const isSemconv = key.name === 'gen_ai.tool.definitions';
  return createMemoryReader(key, (attribute) => {
    const tools = toJsonData(attribute);
    return isSemconv && attribute.kind === 'string' && areToolDefinitions(tools)
      ? undefined
      : toToolText(toToolDefinitions(tools));
  });
}

/** Tool definitions as JSON; undefined where there are none, or they are nested too deep to be written. */
export function toToolText(tools: readonly ToolDefinition[] | undefined): JsonText | undefined {
  const json = tools === undefined ? undefined : toJsonText(tools);
  if (json === undefined) return undefined;
  const text = new JsonText();
  text.raw(toJsonPiece(json));
  return text;
}
