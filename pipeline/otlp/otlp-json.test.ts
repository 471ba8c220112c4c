import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { projectRoot } from '../../test/support/project-root.ts';
import { WireError } from '../batch/wire-error.ts';
import { signals } from '../component/signal.ts';
import type { Signal } from '../component/signal.ts';
import { JsonSyntaxError } from '../json/json-syntax-error.ts';
import { decodeJson } from './decode-json.ts';
import { encodeJson } from './encode-json.ts';
import { OtlpJsonError } from './otlp-json-error.ts';

const testdata = join(projectRoot, 'pipeline/otlp/testdata');

function decode(signal: Signal, value: unknown): Uint8Array {
  return decodeJson(signal, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
}

function roundTrip(signal: Signal, value: unknown): unknown {
  return JSON.parse(encodeJson(signal, decode(signal, value)));
}

function span(fields: object): unknown {
  return { resourceSpans: [{ scopeSpans: [{ spans: [fields] }] }] };
}

function spanText(fields: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`;
}

function spanOf(request: unknown): unknown {
  assert.match(JSON.stringify(request), /^\{"resourceSpans":\[\{"scopeSpans":\[\{"spans":\[/);
  return JSON.parse(
    JSON.stringify(request).slice(
      '{"resourceSpans":[{"scopeSpans":[{"spans":['.length,
      -']}]}]}'.length,
    ),
  );
}

function attribute(value: unknown): unknown {
  return span({ attributes: [{ key: 'k', value }] });
}

for (const signal of signals) {
  test(`the ${signal} of a recorded request become the very bytes of its protobuf form, and come back`, () => {
    const json = readFileSync(join(testdata, `${signal}.json`), 'utf8');
    const protobuf = readFileSync(join(testdata, `${signal}.pb`));
    assert.deepEqual(Buffer.from(decode(signal, json)), protobuf);
    assert.deepEqual(Buffer.from(decode(signal, encodeJson(signal, protobuf))), protobuf);
  });
}

test('64-bit integers stay exact as strings and as bare numbers', () => {
  const text = spanText(
    '"startTimeUnixNano":18446744073709551615,"endTimeUnixNano":"9007199254740993","attributes":[' +
      '{"key":"a","value":{"intValue":9223372036854775807}},{"key":"b","value":{"intValue":"-9223372036854775808"}},' +
      '{"key":"c","value":{"intValue":-1}},{"key":"d","value":{"intValue":1.5e3}},{"key":"e","value":{"intValue":0}}]',
  );
  assert.deepEqual(spanOf(roundTrip('traces', text)), {
    startTimeUnixNano: '18446744073709551615',
    endTimeUnixNano: '9007199254740993',
    attributes: [
      { key: 'a', value: { intValue: '9223372036854775807' } },
      { key: 'b', value: { intValue: '-9223372036854775808' } },
      { key: 'c', value: { intValue: '-1' } },
      { key: 'd', value: { intValue: '1500' } },
      { key: 'e', value: { intValue: '0' } },
    ],
  });
});

test('any 64-bit integer survives in every form', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.boolean(),
      (value, quoted) => {
        const written = quoted ? `"${String(value)}"` : String(value);
        const text = spanText(`"attributes":[{"key":"k","value":{"intValue":${written}}}]`);
        assert.deepEqual(spanOf(roundTrip('traces', text)), {
          attributes: [{ key: 'k', value: { intValue: String(value) } }],
        });
      },
    ),
  );
});

test('any double survives, NaN and infinities as strings', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const written = Number.isFinite(value) ? value : String(value);
      const expected = Object.is(value, -0) ? 0 : written;
      assert.deepEqual(
        roundTrip('traces', attribute({ doubleValue: written })),
        attribute({ doubleValue: expected }),
      );
    }),
  );
  assert.deepEqual(
    roundTrip('traces', attribute({ doubleValue: '1.25' })),
    attribute({ doubleValue: 1.25 }),
  );
});

test('any string survives, however it is escaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.boolean(), (value, escaped) => {
      const plain = JSON.stringify(value);
      const written = escaped
        ? plain.replace(
            /[^ -~]/g,
            (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
          )
        : plain;
      const text = spanText(`"attributes":[{"key":"k","value":{"stringValue":${written}}}]`);
      assert.deepEqual(roundTrip('traces', text), attribute({ stringValue: value }));
    }),
  );
});

test('every kind of attribute value survives, nested ones included', () => {
  const values = [
    { stringValue: 'text' },
    { boolValue: false },
    { bytesValue: 'AAECAw==' },
    { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '2' }, {}] } },
    { kvlistValue: { values: [{ key: 'x', value: { doubleValue: 0.5 } }] } },
    {},
  ];
  for (const value of values) {
    assert.deepEqual(roundTrip('traces', attribute(value)), attribute(value));
  }
});

test('snake_case keys mean what lowerCamelCase keys mean', () => {
  const snake =
    '{"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"0af7651916cd43dd8448eb211c80319c",' +
    '"span_id":"b7ad6b7169203331","start_time_unix_nano":5,"dropped_attributes_count":2,' +
    '"attributes":[{"key":"k","value":{"string_value":"v"}}]}]}]}]}';
  assert.deepEqual(spanOf(roundTrip('traces', snake)), {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    startTimeUnixNano: '5',
    droppedAttributesCount: 2,
    attributes: [{ key: 'k', value: { stringValue: 'v' } }],
  });
});

test('a key written with escapes is the same key', () => {
  assert.deepEqual(spanOf(roundTrip('traces', spanText('"na\\u006de":"x"'))), { name: 'x' });
});

test('enums are read by number and by name', () => {
  assert.deepEqual(
    spanOf(roundTrip('traces', span({ kind: 'SPAN_KIND_CLIENT', status: { code: 2 } }))),
    {
      kind: 3,
      status: { code: 2 },
    },
  );
  const log = {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 'SEVERITY_NUMBER_WARN2' }] }] }],
  };
  assert.match(JSON.stringify(roundTrip('logs', log)), /"severityNumber":14/);
});

test('null is absent, and unknown keys are left out at any depth', () => {
  const request = span({
    name: null,
    links: null,
    status: null,
    later: { a: [1, { b: 'c' }] },
    kind: 1,
  });
  assert.deepEqual(spanOf(roundTrip('traces', request)), { kind: 1 });
});

test('groups as OTLP had them before 2022 are refused rather than left out', () => {
  for (const [signal, name] of [
    ['traces', 'Spans'],
    ['logs', 'Logs'],
    ['metrics', 'Metrics'],
  ] as const) {
    const group = { [`instrumentationLibrary${name}`]: [{}] };
    const request = { [`resource${name}`]: [group] };
    assert.throws(
      () => decodeJson(signal, Buffer.from(JSON.stringify(request))),
      (error) => error instanceof OtlpJsonError && error.message.includes('before 2022'),
    );
    // Elsewhere it is an unknown key like any other.
    assert.equal(decodeJson(signal, Buffer.from(JSON.stringify(group))).length, 0);
  }
});

test('an id is empty or of exact length', () => {
  assert.deepEqual(spanOf(roundTrip('traces', span({ traceId: '', parentSpanId: '', kind: 1 }))), {
    kind: 1,
  });
  for (const traceId of ['abc', '0'.repeat(31), '0'.repeat(34), 'x'.repeat(32)]) {
    assert.throws(() => decode('traces', span({ traceId })), OtlpJsonError);
  }
});

test('metrics keep every field, packed numbers and explicit zeros included', () => {
  const request = {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'h',
                histogram: {
                  dataPoints: [
                    {
                      timeUnixNano: '7',
                      count: '3',
                      sum: 0,
                      bucketCounts: ['1', '2', '18446744073709551615'],
                      explicitBounds: [0, 0.5],
                      min: -1,
                    },
                  ],
                  aggregationTemporality: 2,
                },
              },
              { name: 'g', gauge: { dataPoints: [{ asInt: '-5' }, { asDouble: 0 }] } },
              {
                name: 'e',
                exponentialHistogram: {
                  dataPoints: [{ scale: -3, positive: { offset: -2, bucketCounts: ['300'] } }],
                },
              },
            ],
          },
        ],
      },
    ],
  };
  assert.deepEqual(roundTrip('metrics', request), request);
});

test('a list of many doubles may be longer in protobuf than in JSON', () => {
  const explicitBounds = new Array(1000).fill(1);
  const request = {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ histogram: { dataPoints: [{ explicitBounds }] } }] }] },
    ],
  };
  assert.deepEqual(roundTrip('metrics', request), request);
});

const mistakes: readonly { text: string; message: RegExp }[] = [
  { text: '[]', message: /^expected an object at byte 0$/ },
  { text: '{"resourceSpans":{}}', message: /^resourceSpans: expected an array at byte 17$/ },
  {
    text: '{"resourceSpans":[{"scopeSpans":[{"spans":[{},7]}]}]}',
    message: /^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[1\]: expected an object/,
  },
  {
    text: spanText('"traceId":"abcd"'),
    message: /spans\[0\]\.traceId: expected 32 hexadecimal digits, got 4 at byte \d+$/,
  },
  { text: spanText('"kind":"CLIENT"'), message: /kind: unknown enum name/ },
  { text: spanText('"kind":4294967296'), message: /kind: expected a signed 32-bit integer/ },
  { text: spanText('"flags":-1'), message: /flags: expected no negative number/ },
  {
    text: spanText('"startTimeUnixNano":1.5'),
    message: /startTimeUnixNano: expected a whole number/,
  },
  { text: spanText('"startTimeUnixNano":1e999999999'), message: /expected a whole number/ },
  {
    text: spanText('"endTimeUnixNano":"18446744073709551616"'),
    message: /expected a whole number/,
  },
  {
    text: spanText('"attributes":[{"value":{"intValue":9223372036854775808}}]'),
    message: /attributes\[0\]\.value\.intValue: expected a signed 64-bit integer/,
  },
  {
    text: spanText('"attributes":[{"value":{"boolValue":"true"}}]'),
    message: /expected true or false/,
  },
  {
    text: spanText('"attributes":[{"value":{"doubleValue":"nan"}}]'),
    message: /expected a number, NaN/,
  },
  { text: spanText('"attributes":[{"value":{"bytesValue":"a b"}}]'), message: /expected base64/ },
  { text: spanText('"name":5'), message: /name: expected a string/ },
];

for (const { text, message } of mistakes) {
  test(`the error names the place: ${message.source}`, () => {
    assert.throws(
      () => decode('traces', text),
      (error) => error instanceof OtlpJsonError && message.test(error.message),
    );
  });
}

test('text that is no JSON, cut off, followed by more, too deep or not UTF-8 is refused', () => {
  for (const text of ['', '{', '{} {}', '{"a":01}', `{"a":${'['.repeat(2 ** 20)}`]) {
    assert.throws(() => decode('traces', text), JsonSyntaxError);
  }
  const notUtf8 = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  assert.throws(() => decodeJson('traces', notUtf8), /the text is not UTF-8/);
});

test('an empty request is an empty message', () => {
  assert.equal(decode('logs', '{}').length, 0);
  assert.equal(encodeJson('logs', new Uint8Array()), '{}');
});

test('writing JSON merges a message that comes in parts and keeps the last member of a oneof', () => {
  const parts = Buffer.concat([
    decode('traces', span({ name: 'a' })),
    decode('traces', span({ name: 'b' })),
  ]);
  assert.equal(encodeJson('traces', parts).match(/scopeSpans/g)?.length, 2);
  const twoMembers = spanText(
    '"attributes":[{"key":"k","value":{"stringValue":"a","intValue":1}}]',
  );
  assert.deepEqual(roundTrip('traces', twoMembers), attribute({ intValue: '1' }));
});

test('writing JSON refuses bytes that are no protobuf', () => {
  for (const bytes of [[0x0a, 0x05, 0x01], [0x0c], [0x07], [0x0a]]) {
    assert.throws(() => encodeJson('traces', Uint8Array.from(bytes)), WireError);
  }
});
