import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeRequest, encodeRequest } from '../../test/support/otlp-oracle.ts';
import { tracesRequest } from '../../test/support/encode-slice.ts';
import { resourceKey, traceIdField, traceIdKey } from './keys.ts';
import { splitRequest } from './split-request.ts';
import type { SplitOptions } from './split-request.ts';

const idOf = (trace: number): string => (trace + 1).toString(16).padStart(32, '0');

function byTrace(bytes: Uint8Array): SplitOptions<string>['keyOf'] {
  return (item) => traceIdKey(bytes, item, traceIdField.traces);
}

interface SpanJson {
  traceId: Uint8Array;
  name: string;
}

/** Every span with its resource and scope, as text. */
function spansOf(bytes: Uint8Array): string[] {
  const request = decodeRequest('traces', bytes) as {
    resourceSpans?: {
      resource?: unknown;
      scopeSpans?: { scope?: unknown; spans?: SpanJson[] }[];
    }[];
  };
  return (request.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => JSON.stringify([resource, scope, span])),
    ),
  );
}

const requests = fc.array(
  fc.record({
    service: fc.string({ maxLength: 10 }),
    spans: fc.array(fc.record({ trace: fc.nat(4), size: fc.nat(300) }), { maxLength: 8 }),
  }),
  { maxLength: 5 },
);

function toBytes(groups: typeof requests extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  return Buffer.concat(
    groups.map(({ service, spans }, group) =>
      tracesRequest(
        spans.map(({ trace, size }, index) => ({
          traceId: idOf(trace),
          name: `${group}.${index} ${'x'.repeat(size)}`,
        })),
        service,
      ),
    ),
  );
}

test('parts hold every item once, with its resource and scope, and one trace each', () => {
  fc.assert(
    fc.property(requests, (groups) => {
      const bytes = toBytes(groups);
      const parts = splitRequest(bytes, { maxBytes: Infinity, keyOf: byTrace(bytes) });
      const whole = parts.flatMap(({ bytes: part }) => spansOf(part));
      assert.deepEqual(whole.sort(), spansOf(bytes).sort());
      assert.equal(new Set(parts.map(({ key }) => key)).size, parts.length);
      for (const { key, bytes: part, items } of parts) {
        assert.equal(spansOf(part).length, items);
        const again = splitRequest(part, { maxBytes: Infinity, keyOf: byTrace(part) });
        assert.deepEqual(
          again.map((each) => each.key),
          [key],
        );
      }
    }),
  );
});

test('no part is over the limit, but for one that holds a single item', () => {
  fc.assert(
    fc.property(requests, fc.integer({ min: 100, max: 1000 }), (groups, maxBytes) => {
      const bytes = toBytes(groups);
      const parts = splitRequest(bytes, { maxBytes, keyOf: () => '' });
      assert.deepEqual(
        parts.flatMap(({ bytes: part }) => spansOf(part)),
        spansOf(bytes),
      );
      for (const part of parts) assert.ok(part.bytes.length <= maxBytes || part.items === 1);
    }),
  );
});

test('a request without anything to split comes back with the very same bytes', () => {
  const bytes = tracesRequest([{ name: 'a' }, { name: 'b' }]);
  const [part] = splitRequest(bytes, { maxBytes: Infinity, keyOf: () => '' });
  assert.deepEqual(Buffer.from(part?.bytes ?? []), Buffer.from(bytes));
});

test('fields of a later OTLP survive in every part', () => {
  const unknown = Buffer.from([0xfa, 0x01, 2, 0x68, 0x69]);
  const scopes = [Buffer.from([1, 2]), Buffer.from([3, 4])].map((id) => {
    const span = Buffer.concat([Buffer.from([0x0a, 2]), id]);
    return Buffer.concat([Buffer.from([0x12, span.length]), span, unknown]);
  });
  const group = Buffer.concat([
    unknown,
    ...scopes.map((scope) => Buffer.concat([Buffer.from([0x12, scope.length]), scope])),
  ]);
  const bytes = Buffer.concat([Buffer.from([0x0a, group.length]), group]);
  const parts = splitRequest(bytes, { maxBytes: Infinity, keyOf: byTrace(bytes) });
  assert.deepEqual(
    parts.map(({ key }) => key),
    ['0102', '0304'],
  );
  for (const { bytes: part } of parts) {
    assert.equal(Buffer.from(part).toString('latin1').split('hi').length, 3);
  }
});

test('a resource has the same key whatever the order of its attributes, and another one another', () => {
  const attribute = (key: string, value: string): object => ({
    key,
    value: { stringValue: value },
  });
  const keyOf = (...attributes: object[]): string[] => {
    const keys: string[] = [];
    const bytes = encodeRequest('metrics', {
      resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics: [{ name: 'm' }] }] }],
    });
    splitRequest(bytes, {
      maxBytes: Infinity,
      keyOf: (_item, resource) => (keys.push(resourceKey(resource)), ''),
    });
    return keys;
  };
  const [left, right] = [attribute('a', '1'), attribute('b', '2')];
  assert.deepEqual(keyOf(left, right), keyOf(right, left));
  assert.notDeepEqual(keyOf(left), keyOf(right));
});
