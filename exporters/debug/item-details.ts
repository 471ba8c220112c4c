import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { DebugConfig } from './config.ts';
import { formatDuration } from './amounts.ts';
import { toMessageLines } from './message-lines.ts';
import { toTerminalText } from './terminal-text.ts';
import { toValueText } from './value-text.ts';

/** Lines that `verbosity` adds under an item; none for `basic`. */
export type ReadDetails = (item: Item) => readonly string[];

const maxMessageLength = 160;

/** Content of a call, in the order of the conversation. */
const contentKeys = [
  'gen_ai.system_instructions',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
];

/** The reader of details for a verbosity. */
export function createDetailReader(verbosity: DebugConfig['verbosity'], keys: Keys): ReadDetails {
  if (verbosity === 'basic') return () => [];
  return verbosity === 'normal' ? createContentReader(keys) : readEverything();
}

function createContentReader(keys: Keys): ReadDetails {
  const interned = contentKeys.map((name) => keys.key(name));
  return ({ attributes }) =>
    interned.flatMap((key) => {
      const json = attributes.string(key);
      return json === undefined ? [] : toMessageLines(json, maxMessageLength);
    });
}

/** A resource and a scope are written under their first item only. */
function readEverything(): ReadDetails {
  let last = '';
  return (item) => {
    if (item.ordinal === 0) last = '';
    const shared = sharedLines(item);
    const joined = shared.join('\n');
    const isRepeat = joined === last;
    last = joined;
    return [...(isRepeat ? [] : shared), ...ownLines(item)];
  };
}

function sharedLines(item: Item): string[] {
  const { name, version, attributes } = item.scope;
  return [
    ...attributeLines('resource', item.resource),
    ...(name === '' ? [] : [`scope ${toTerminalText(`${name} ${version}`.trim())}`]),
    ...attributeLines('scope', attributes),
  ];
}

function ownLines(item: Item): string[] {
  const lines = attributeLines('', item.attributes);
  const body = item.body;
  if (body !== undefined) lines.push(`body: ${toValueText(body)}`);
  if (item.traceState !== '') lines.push(`trace state: ${toTerminalText(item.traceState)}`);
  for (const event of item.events) {
    const afterMs = Number(event.timeUnixNano - item.startTimeUnixNano) / 1e6;
    lines.push(`event ${toTerminalText(event.name)} after ${formatDuration(Math.max(0, afterMs))}`);
    lines.push(...attributeLines('event', event.attributes));
  }
  for (const link of item.links) {
    lines.push(`link to trace ${link.traceId.hex()} span ${link.spanId.hex()}`);
    lines.push(...attributeLines('link', link.attributes));
  }
  return lines;
}

function attributeLines(owner: string, attributes: Attributes): string[] {
  const lines: string[] = [];
  for (const attribute of attributes) {
    const name = toTerminalText(attribute.name);
    lines.push(`${owner === '' ? '' : `${owner} `}${name}: ${toValueText(attribute.value())}`);
  }
  return lines;
}
