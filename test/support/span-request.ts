import { decodeRequest, encodeRequest } from './otlp-oracle.ts';

/** One traces request with a span for each name; ids are valid and differ, but that the span `bad` has a trace id of 2 bytes. */
export function spanRequest(names: readonly string[]): Uint8Array {
  const spans = names.map((name, index) => ({
    traceId: Buffer.alloc(name === 'bad' ? 2 : 16, 1),
    spanId: Buffer.from([1, 0, 0, 0, 0, 0, index >> 8, index & 255]),
    name,
  }));
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** The names of the spans of a request, in order. */
export function spanNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  const request = decodeRequest('traces', bytes) as {
    resourceSpans?: { scopeSpans?: { spans?: { name?: string }[] }[] }[];
  };
  for (const resource of request.resourceSpans ?? []) {
    for (const scope of resource.scopeSpans ?? []) {
      for (const span of scope.spans ?? []) names.push(span.name ?? '');
    }
  }
  return names;
}
