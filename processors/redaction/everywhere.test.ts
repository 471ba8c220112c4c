import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { signals } from '../../pipeline/component/signal.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import type { Field, Message } from '../../pipeline/otlp/schema.ts';
import { requestMessage } from '../../pipeline/otlp/schema.ts';
import type { Json, JsonObject } from '../../test/support/redacted-span.ts';
import { ids, toRequest } from '../../test/support/redacted-span.ts';
import { actions } from './actions.ts';
import { createRedactionRun } from './run-redaction.ts';

const marker = 'jane.doe@example.org';
const text = `x ${marker} y`;
const number = '4111111111111111';

/** What stands for somebody's data in a field; undefined where the field cannot hold any. */
function markOf({ name }: Message, { kind }: Field): Json | undefined {
  if (kind === 'string') return text;
  if (kind === 'bytes') return Buffer.from(text).toString('base64');
  if (name !== 'AnyValue') return undefined;
  return kind === 'int64' ? number : kind === 'double' ? Number(number) : undefined;
}

/** The fields of a message, and of those in it, that can hold somebody's data. */
function placesIn(message: Message, seen = new Set<Message>()): string[] {
  if (seen.has(message)) return [];
  seen.add(message);
  return message.fields.flatMap((field) => {
    if (field.message !== undefined) return placesIn(field.message, seen);
    return markOf(message, field) === undefined ? [] : [`${message.name}.${field.name}`];
  });
}

/** Deep enough for maps in arrays in maps. */
const maxValues = 3;

/** Enough for every member of a metric's data beside every member of the value of an attribute in it. */
const requestCount = 40;

/**
 * Every request of a signal that has a mark in all its places: one for each member of each oneof, from the schema, so that a
 * new field is tested from the day it is known. `marked` takes the places that have one.
 */
function createMarked(marked: Set<string>): (message: Message, member: number) => JsonObject {
  const markedMessage = (message: Message, member: number, depth: number): JsonObject => {
    const values: Record<string, Json> = {};
    const members = message.fields.filter(({ oneof }) => oneof);
    const chosen = members[member % Math.max(members.length, 1)];
    for (const field of message.fields) {
      if (field.oneof && field !== chosen) continue;
      const below = message.name === 'AnyValue' ? depth + 1 : depth;
      const value = markedField(message, field, member, below);
      if (value !== undefined) values[field.name] = field.repeated ? [value] : value;
    }
    return values;
  };
  const markedField = (
    message: Message,
    field: Field,
    member: number,
    depth: number,
  ): Json | undefined => {
    if (field.kind === 'trace_id') return ids.traceId;
    if (field.kind === 'span_id') return ids.spanId;
    if (field.message !== undefined) {
      if (depth > maxValues) return { stringValue: marker };
      const isValue = field.message.name === 'AnyValue';
      return markedMessage(field.message, isValue ? member + depth : member, depth);
    }
    const mark = markOf(message, field);
    if (mark !== undefined) marked.add(`${message.name}.${field.name}`);
    return mark;
  };
  return (message, member) => markedMessage(message, member, 0);
}

interface Way {
  readonly config: object;
  /** What is left of a marker where not all of it may go. */
  readonly left?: string;
  /** False where only texts are looked for. */
  readonly findsNumbers?: false;
}

/** Ways to find the marker, and what can become of it. */
const ways: Readonly<Record<string, Way>> = {
  'an entity': { config: {} },
  'a pattern behind a literal': {
    config: { preset: 'none', custom: [{ name: 'own', pattern: 'jane\\.doe@\\S+' }] },
    findsNumbers: false,
  },
  'a pattern without one': {
    config: { preset: 'none', blocked_values: ['\\w+\\.\\w+@[a-z.]+', '^\\d{16}$'] },
  },
  ...Object.fromEntries(
    actions.map((action) => [
      `action ${action}`,
      {
        config: { action, hmac_key: 'k'.repeat(32), encryption_key: 'ab'.repeat(64) },
        ...(action === 'truncate' && { left: 'jane' }),
      },
    ]),
  ),
};

describe('redaction of everything', () => {
  for (const signal of signals) {
    const marked = new Set<string>();
    const markedRequest = createMarked(marked);
    const requests = Array.from({ length: requestCount }, (_, member) =>
      toRequest(signal, markedRequest(requestMessage(signal), member)),
    );

    it(`is tried on every place of ${signal}`, () => {
      assert.deepEqual([...marked].sort(), placesIn(requestMessage(signal)).sort());
      for (const request of requests) assert.ok(Buffer.from(request).includes(marker));
    });

    for (const [way, { config, left = '', findsNumbers = true }] of Object.entries(ways)) {
      it(`leaves a marker in no place of ${signal}: ${way}`, () => {
        const { run, counts } = createRedactionRun(signal, config);
        for (const request of requests) {
          const redacted = run(request);
          const json = encodeJson(signal, redacted);
          assert.ok(!Buffer.from(redacted).includes(marker.slice(left.length)), json);
          assert.ok(!findsNumbers || !json.includes(number), json);
          assert.deepEqual(Buffer.from(run(redacted)), Buffer.from(redacted));
        }
        assert.equal(
          counts.get('weir_redaction_unknown_fields_total'),
          undefined,
          'no field of the schema is taken for an unknown one, which would be taken out',
        );
      });
    }
  }
});
