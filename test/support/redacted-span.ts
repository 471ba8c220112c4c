import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';

/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: Json;
}
/** Any value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** The trace and span id of `spanRequest`. */
export const ids = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

/** An export request, given as OTLP/JSON. */
export function toRequest(signal: Signal, request: Json): Uint8Array {
  return decodeJson(signal, Buffer.from(JSON.stringify(request)));
}

/** A request of one span named `chat`, with what else is given, and attributes of its resource. */
export function spanRequest(span: JsonObject, resource: Json[] = []): Uint8Array {
  return toRequest('traces', {
    resourceSpans: [
      {
        resource: { attributes: resource },
        scopeSpans: [{ spans: [{ ...ids, name: 'chat', ...span }] }],
      },
    ],
  });
}

/** A string attribute. */
export function attribute(key: string, value: string): Json {
  return { key, value: { stringValue: value } };
}

/** A span as it was read back; ints are strings, as OTLP/JSON writes them. */
export interface ParsedSpan {
  readonly name: string;
  readonly attributes: Map<string, unknown>;
  readonly resource: Map<string, unknown>;
  readonly json: string;
}

/** The first span of an encoded request, read back as OTLP/JSON. */
export function firstSpan(bytes: Uint8Array): ParsedSpan {
  const json = encodeJson('traces', bytes);
  const [{ resource, scopeSpans }] = (JSON.parse(json) as ParsedTraces).resourceSpans;
  const [{ spans }] = scopeSpans;
  const [span] = spans;
  return {
    name: span.name,
    attributes: toMap(span.attributes),
    resource: toMap(resource?.attributes),
    json,
  };
}

interface ParsedAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface ParsedTraces {
  readonly resourceSpans: [
    {
      readonly resource?: { readonly attributes?: ParsedAttribute[] };
      readonly scopeSpans: [
        { readonly spans: [{ readonly name: string; readonly attributes?: ParsedAttribute[] }] },
      ];
    },
  ];
}

function toMap(attributes: readonly ParsedAttribute[] = []): Map<string, unknown> {
  return new Map(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
