import protobuf from 'protobufjs';

import type { Value, ValueMap } from '../../pipeline/batch/batch.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { otlpType, type Plain, requestTypes } from '../support/otlp-oracle.ts';

/** Decoded requests as the tests edit them; names are those of protobufjs. */
export interface PlainValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number;
  arrayValue?: { values: PlainValue[] };
  kvlistValue?: { values: PlainKeyValue[] };
  bytesValue?: Buffer;
}
export interface PlainKeyValue {
  key?: string;
  value?: PlainValue;
}
export interface PlainOwner {
  name?: string;
  version?: string;
  attributes: PlainKeyValue[];
}
export interface PlainItem extends PlainOwner {
  traceId?: Buffer;
  spanId?: Buffer;
  parentSpanId?: Buffer;
  traceState?: string;
  kind?: number;
  startTimeUnixNano?: string;
  endTimeUnixNano?: string;
  timeUnixNano?: string;
  observedTimeUnixNano?: string;
  status?: { code?: number; message?: string };
  severityNumber?: number;
  severityText?: string;
  eventName?: string;
  body?: PlainValue;
  events?: { name?: string; timeUnixNano?: string; attributes: PlainKeyValue[] }[];
  links?: { traceId?: Buffer; spanId?: Buffer; attributes: PlainKeyValue[] }[];
  metadata?: PlainKeyValue[];
}
export interface PlainScopeGroup {
  scope?: PlainOwner;
  items: PlainItem[];
}
export interface PlainResourceGroup {
  resource?: PlainOwner;
  scopes: PlainScopeGroup[];
}

const names = {
  traces: { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' },
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
  metrics: { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' },
} as const;

type Lists = Record<string, Plain[]>;

/** The arrays of a decoded request under names that all signals share; edits of them are edits of `request`. */
export function groupsOf(signal: Signal, request: Plain): PlainResourceGroup[] {
  const name = names[signal];
  // protobufjs' toObject makes exactly these shapes of a request, with `arrays` set.
  const resources = (request as Lists)[name.resources] ?? [];
  for (const resource of resources) {
    share(resource, 'scopes', name.scopes);
    for (const scope of (resource as Lists)['scopes'] ?? []) share(scope, 'items', name.items);
  }
  return resources as unknown as PlainResourceGroup[];
}

/** A second, invisible name for a list. */
function share(owner: Plain, as: string, name: string): void {
  Object.defineProperty(owner, as, {
    configurable: true,
    enumerable: false,
    get: () => owner[name],
    set: (list: unknown) => {
      owner[name] = list;
    },
  });
}

/** Drops groups in which nothing is left. */
export function prune(signal: Signal, request: Plain, isEmptied: WeakSet<object>): void {
  const list = names[signal].resources;
  const hasItems = groupsOf(signal, request).some(({ scopes }) =>
    scopes.some(({ items }) => items.length > 0),
  );
  const groups = groupsOf(signal, request);
  for (const group of groups) {
    group.scopes = group.scopes.filter((scope) => scope.items.length > 0 || !isEmptied.has(scope));
  }
  request[list] = groups.filter(
    (group) => group.scopes.some((scope) => scope.items.length > 0) || !isEmptied.has(group),
  );
  // Nothing is left of a batch whose last item was dropped.
  if (!hasItems && groups.some((group) => isEmptied.has(group))) request[list] = [];
}

function isIdOk(id: Buffer | undefined, size: number, required: boolean): boolean {
  if (id === undefined || id.length === 0) return !required;
  return id.length === size && (!required || id.some((byte) => byte !== 0));
}

/** The wire rules for items, on decoded data. */
export function isValidItem(signal: Signal, item: PlainItem): boolean {
  if (signal === 'metrics') return true;
  const required = signal === 'traces';
  return (
    isIdOk(item.traceId, 16, required) &&
    isIdOk(item.spanId, 8, required) &&
    (signal === 'logs' || isIdOk(item.parentSpanId, 8, false))
  );
}

/** What the reader must give for a decoded AnyValue. */
export function toValue(plain: PlainValue | undefined): Value {
  if (plain === undefined) return undefined;
  if (plain.stringValue !== undefined) return plain.stringValue;
  if (plain.boolValue !== undefined) return plain.boolValue;
  if (plain.intValue !== undefined) return BigInt(plain.intValue);
  if (plain.doubleValue !== undefined) return plain.doubleValue;
  if (plain.bytesValue !== undefined) return new Uint8Array(plain.bytesValue);
  if (plain.arrayValue !== undefined) return plain.arrayValue.values.map(toValue);
  if (plain.kvlistValue === undefined) return undefined;
  const map: ValueMap = new Map<string, Value>();
  for (const { key, value } of plain.kvlistValue.values) {
    // protobufjs leaves an empty key out.
    const name = key ?? '';
    if (!map.has(name)) map.set(name, toValue(value));
  }
  return map;
}

/** One place in a decoded request that `texts()` must show, in wire order where the request is written in order. */
export interface PlainText {
  readonly value: string;
  readonly kind: 'string' | 'int' | 'double' | 'bytes' | 'key';
  replace(value: string): void;
}

/** Every text of a decoded request, found by reflection over the schema: all strings, and the numbers and texts of values. */
export function textsOf(signal: Signal, request: Plain): PlainText[] {
  const found: PlainText[] = [];
  collect(otlpType(requestTypes[signal]), request, found);
  return found;
}

function collect(type: protobuf.Type, message: Plain, found: PlainText[]): void {
  for (const field of type.fieldsArray.toSorted((a, b) => a.id - b.id)) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (field.resolvedType instanceof protobuf.Type) {
      const children = Array.isArray(value) ? (value as Plain[]) : [value as Plain];
      for (const child of children) collect(field.resolvedType, child, found);
    } else if (field.type === 'string') collectStrings(type, field, message, found);
    else if (type.name === 'AnyValue') collectNumber(field, message, found);
  }
}

function collectStrings(
  type: protobuf.Type,
  field: protobuf.Field,
  message: Plain,
  found: PlainText[],
): void {
  const kind = type.name === 'KeyValue' ? 'key' : 'string';
  const value = message[field.name];
  const put = (owner: Plain | string[], name: string | number, text: string): void => {
    if (text === '') return;
    found.push({
      value: text,
      kind,
      replace: (replacement) => {
        (owner as Record<string | number, string>)[name] = replacement;
      },
    });
  };
  if (Array.isArray(value))
    for (const [i, text] of (value as string[]).entries()) put(value, i, text);
  else put(message, field.name, String(value));
}

function collectNumber(field: protobuf.Field, message: Plain, found: PlainText[]): void {
  const value = message[field.name];
  const add = (kind: PlainText['kind'], text: string): void => {
    found.push({
      value: text,
      kind,
      replace: (replacement) => {
        Reflect.deleteProperty(message, field.name);
        message['stringValue'] = replacement;
      },
    });
  };
  if (field.name === 'intValue') add('int', String(value));
  else if (field.name === 'doubleValue') add('double', String(value));
  else if (Buffer.isBuffer(value)) {
    const text = value.toString('utf8');
    if (text !== '' && Buffer.from(text).equals(value)) add('bytes', text);
  }
}
