import type { Signal } from '../component/signal.ts';
import type { TextPlace } from './batch.ts';
import { type Field, type FieldKind, fieldTables, messageNames } from './fields.ts';
import { FIXED32, FIXED64, GROUP_END, GROUP_START, LENGTH_DELIMITED, VARINT } from './wire.ts';

/** What to do with a field; the index of an action table is `type * TAGS + tag`. Actions from `ENTER` on descend into a message. */
export const ILLEGAL = 0;
const SKIP_VARINT = 1;
const SKIP_FIXED64 = 2;
const SKIP_FIXED32 = 3;
const SKIP_LENGTH_DELIMITED = 4;
export const SKIP_GROUP = 5;
export const PACKED_FIXED64 = 6;
export const PACKED_VARINT = 7;
export const BYTES = 8;
/** Known numbers, each as its wire type says. */
export const KNOWN_VARINT = 9;
export const KNOWN_FIXED64 = 10;
const KNOWN_FIXED32 = 11;
/** A string that can hold user content: `TEXT + place`. */
export const TEXT = 16;
/** A message of the type `action - ENTER`. */
export const ENTER = 64;

/** Places of texts; a `TEXT` action holds the index. */
export const textPlaces = [
  'attribute',
  'name',
  'status_message',
  'trace_state',
  'event_name',
  'body',
  'severity_text',
  'scope',
  'schema_url',
  'metric',
] as const satisfies readonly TextPlace[];

/** Tags of known fields are below this. All but that of a span's flags, field 16, are one byte long. */
export const TAGS = 136;

const skips: Readonly<Record<number, number>> = {
  [VARINT]: SKIP_VARINT,
  [FIXED64]: SKIP_FIXED64,
  [LENGTH_DELIMITED]: SKIP_LENGTH_DELIMITED,
  [GROUP_START]: SKIP_GROUP,
  [GROUP_END]: ILLEGAL,
  [FIXED32]: SKIP_FIXED32,
};

/** What to do with an unknown field of a wire type. */
function skipAction(wireType: number): number {
  return skips[wireType] ?? ILLEGAL;
}

const scalars: ReadonlyMap<FieldKind, readonly [wireType: number, action: number]> = new Map([
  ['varint', [VARINT, KNOWN_VARINT]],
  ['fixed64', [FIXED64, KNOWN_FIXED64]],
  ['fixed32', [FIXED32, KNOWN_FIXED32]],
  ['string', [LENGTH_DELIMITED, BYTES]],
  ['bytes', [LENGTH_DELIMITED, BYTES]],
  ['fixed64s', [LENGTH_DELIMITED, PACKED_FIXED64]],
  ['varints', [LENGTH_DELIMITED, PACKED_VARINT]],
]);

function toAction([, , kind, place]: Field): readonly [wireType: number, action: number] {
  if (place !== undefined) return [LENGTH_DELIMITED, TEXT + textPlaces.indexOf(place)];
  const type = messageNames.findIndex((name) => name === kind);
  return scalars.get(kind) ?? [LENGTH_DELIMITED, ENTER + type];
}

function createActions(signal: Signal): Uint8Array {
  const tables = fieldTables(signal);
  const actions = new Uint8Array(messageNames.length * TAGS);
  for (const [type, name] of messageNames.entries()) {
    for (let tag = 8; tag < TAGS; tag++) actions[type * TAGS + tag] = skipAction(tag & 7);
    for (const field of tables[name]) {
      const [wireType, action] = toAction(field);
      actions[type * TAGS + field[0] * 8 + wireType] = action;
    }
  }
  return actions;
}

/** Action tables by signal. */
export const actionTables: Readonly<Record<Signal, Uint8Array>> = {
  traces: createActions('traces'),
  logs: createActions('logs'),
  metrics: createActions('metrics'),
};
