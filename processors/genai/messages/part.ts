import { parseJson, toJsonText, toObject, type JsonObject } from '../usage-object.ts';

/** One element of a message's `parts`. */
export type Part = { readonly type: string } & JsonObject;

/** A text part. */
export function textPart(content: string): Part {
  return { type: 'text', content };
}

type Convert = (part: JsonObject) => Part | undefined;

/** Parts of all providers and SDKs by their `type`; what stands here under semconv's own name is in its shape or close to it. */
const converters: Readonly<Record<string, Convert>> = {
  text: toText,
  input_text: toText,
  output_text: toText,
  refusal: (part) => textOf(part['refusal'] ?? part['content']),
  thinking: toReasoning,
  reasoning: toReasoning,
  redacted_thinking: () => ({ type: 'reasoning', content: '' }),
  tool_use: toToolCall,
  tool_call: toToolCall,
  'tool-call': toToolCall,
  function_call: toToolCall,
  server_tool_use: toToolCall,
  function: toToolCall,
  tool_result: toToolResponse,
  tool_call_response: toToolResponse,
  'tool-result': toToolResponse,
  function_call_output: toToolResponse,
  image_url: (part) => fromUrl('image', urlOf(part['image_url'])),
  input_image: (part) => fromUrl('image', urlOf(part['image_url'])),
  image: (part) => toMedia('image', part),
  audio: (part) => toMedia('audio', part),
  input_audio: (part) => toMedia('audio', toObject(part['input_audio']) ?? part),
  document: (part) => toMedia('document', part),
  file: (part) => toMedia('document', toObject(part['file']) ?? part),
};

/** The parts that one element of a content list stands for; an unknown one is kept as it is, with its own type. */
export function toParts(value: unknown): Part[] {
  if (typeof value === 'string') return value === '' ? [] : [textPart(value)];
  const part = toObject(value);
  if (part === undefined) return value === null || value === undefined ? [] : [json(value)];
  const type = typeof part['type'] === 'string' ? part['type'] : undefined;
  const convert =
    type !== undefined && Object.hasOwn(converters, type) ? converters[type] : undefined;
  const converted = convert === undefined ? fromGemini(part) : convert(part);
  if (converted !== undefined) return [converted];
  return [type === undefined ? json(value) : { ...part, type }];
}

/** Parts of a message's `content`: a text, a list, or nothing. */
export function toPartList(content: unknown): Part[] {
  return Array.isArray(content) ? content.flatMap(toParts) : toParts(content);
}

function json(value: unknown): Part {
  return textPart(toJsonText(value) ?? '');
}

function textOf(text: unknown): Part | undefined {
  return typeof text === 'string' ? textPart(text) : undefined;
}

function toText(part: JsonObject): Part | undefined {
  return textOf(part['content'] ?? part['text']);
}

function toReasoning(part: JsonObject): Part | undefined {
  const content = part['content'] ?? part['thinking'] ?? part['text'] ?? part['reasoning'];
  if (typeof content === 'string') return { type: 'reasoning', content };
  const summary = part['summary'];
  if (!Array.isArray(summary)) return undefined;
  const texts = summary
    .map((item) => toObject(item)?.['text'])
    .filter((t) => typeof t === 'string');
  return { type: 'reasoning', content: texts.join('\n') };
}

function toToolCall(part: JsonObject): Part | undefined {
  const called = toObject(part['function']) ?? part;
  const name = called['name'] ?? called['toolName'] ?? called['tool_name'];
  if (typeof name !== 'string') return undefined;
  const id = part['call_id'] ?? part['id'] ?? part['toolCallId'] ?? part['tool_call_id'];
  const args =
    called['arguments'] ??
    called['input'] ??
    called['args'] ??
    called['parameters'] ??
    called['tool_kwargs'];
  return {
    type: 'tool_call',
    ...(typeof id === 'string' ? { id } : {}),
    name,
    ...(args === undefined ? {} : { arguments: fromText(args) }),
  };
}

function toToolResponse(part: JsonObject): Part {
  const id =
    part['tool_use_id'] ??
    part['call_id'] ??
    part['toolCallId'] ??
    part['tool_call_id'] ??
    part['id'];
  const response =
    part['response'] ??
    part['content'] ??
    plainOutput(part['output']) ??
    part['result'] ??
    part['value'];
  const name = part['name'];
  // Gemini's results have no id: the name of the tool is all that tells whose they are.
  const called = typeof name === 'string' && typeof id !== 'string' ? { name } : {};
  return {
    type: 'tool_call_response',
    ...(typeof id === 'string' ? { id } : {}),
    ...called,
    response: response ?? '',
  };
}

/** Vercel says of what kind an output is: `{ type: 'json', value }`. */
function plainOutput(output: unknown): unknown {
  const typed = toObject(output);
  const isTyped = typeof typed?.['type'] === 'string' && 'value' in typed;
  return isTyped ? typed['value'] : output;
}

function urlOf(value: unknown): unknown {
  return toObject(value)?.['url'] ?? value;
}

function fromUrl(modality: string, url: unknown): Part | undefined {
  if (typeof url !== 'string') return undefined;
  const data = /^data:([^;,]*)(?:;[^,]*)?,/.exec(url);
  if (data === null) return { type: 'uri', modality, uri: url };
  return { type: 'blob', modality, mime_type: data[1] ?? '', content: url.slice(data[0].length) };
}

function toMedia(fallback: string, part: JsonObject): Part | undefined {
  const source = toObject(part['source']) ?? part;
  const mime = [source['media_type'], source['mediaType'], source['mimeType'], source['mime_type']];
  const mimeType = mime.find((m) => typeof m === 'string');
  const modality = mimeType === undefined ? fallback : modalityOf(mimeType, fallback);
  const url = source['url'] ?? source['uri'] ?? source['image_url'];
  if (url !== undefined) return fromUrl(modality, urlOf(url));
  const id = source['file_id'];
  if (typeof id === 'string') return { type: 'file', modality, file_id: id };
  const data = source['data'] ?? source['image'] ?? source['file_data'];
  if (typeof data !== 'string') return undefined;
  if (/^(https?|data):/.test(data)) return fromUrl(modality, data);
  return {
    type: 'blob',
    modality,
    ...(mimeType === undefined ? {} : { mime_type: mimeType }),
    content: data,
  };
}

function modalityOf(mimeType: string, fallback: string): string {
  const type = mimeType.slice(0, mimeType.indexOf('/'));
  return ['image', 'audio', 'video'].includes(type) ? type : fallback;
}

/** Gemini's parts have no `type`: the name of the one member says what they are. */
function fromGemini(part: JsonObject): Part | undefined {
  if (typeof part['text'] === 'string' && !('type' in part)) {
    return part['thought'] === true
      ? { type: 'reasoning', content: part['text'] }
      : textPart(part['text']);
  }
  const call = toObject(part['functionCall'] ?? part['function_call'] ?? part['toolUse']);
  if (call !== undefined) return toToolCall({ ...call, id: call['id'] ?? call['toolUseId'] });
  const result = toObject(
    part['functionResponse'] ?? part['function_response'] ?? part['toolResult'],
  );
  if (result !== undefined)
    return toToolResponse({ ...result, id: result['id'] ?? result['toolUseId'] });
  const data = toObject(part['inlineData'] ?? part['inline_data'] ?? part['fileData']);
  return data === undefined ? fromBedrock(part) : toMedia('image', data);
}

const bedrockMedia = ['image', 'document', 'video', 'audio'];

/** As Gemini's, Bedrock's blocks are named after their one member; media are `{ format, source: { bytes } }`. */
function fromBedrock(part: JsonObject): Part | undefined {
  const thought = toObject(part['reasoningContent']);
  if (thought !== undefined) {
    const text = toObject(thought['reasoningText'])?.['text'];
    return { type: 'reasoning', content: typeof text === 'string' ? text : '' };
  }
  for (const modality of bedrockMedia) {
    const media = toObject(part[modality]);
    const source = toObject(media?.['source']);
    const uri = toObject(source?.['s3Location'])?.['uri'];
    if (typeof uri === 'string') return { type: 'uri', modality, uri };
    const content = source?.['bytes'];
    if (typeof content !== 'string') continue;
    const format = media?.['format'];
    const type = modality === 'document' ? 'application' : modality;
    const mime = typeof format === 'string' ? { mime_type: `${type}/${format}` } : {};
    return { type: 'blob', modality, ...mime, content };
  }
  return undefined;
}

function fromText(value: unknown): unknown {
  return typeof value === 'string' ? (parseArguments(value) ?? value) : value;
}

/** Arguments of a tool as data; undefined where the JSON is broken, no object or list, or has numbers that parsing would round. */
export function parseArguments(text: string): unknown {
  return /^\s*[[{]/.test(text) && !hasLongNumber(text) ? parseJson(text) : undefined;
}

/** Whether JSON text may hold a whole number that would be rounded if it were parsed. */
function hasLongNumber(json: string): boolean {
  return /[:[,]\s*-?\d{16}/.test(json);
}
