import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Labels } from '../../pipeline/component/context.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { spanNames } from '../../test/support/span-request.ts';
import { kafkaExporterConfig } from './config.ts';
import { createHeadReader } from './heads.ts';
import type { MessageHead } from './messages.ts';
import { splitRequest } from './split-request.ts';

type Attributes = Readonly<Record<string, string | number>>;

/** A request with one span for each resource, named by the resource's place. */
function requestOf(resources: readonly Attributes[]): Uint8Array {
  const resourceSpans = resources.map((attributes, place) => ({
    resource: {
      attributes: Object.entries(attributes).map(([key, value]) => ({
        key,
        value: typeof value === 'string' ? { stringValue: value } : { intValue: value },
      })),
    },
    scopeSpans: [
      { spans: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), name: String(place) }] },
    ],
  }));
  return decodeJson('traces', Buffer.from(JSON.stringify({ resourceSpans })));
}

/** The heads that a request is split by, with the spans under each. */
function split(
  yaml: string,
  resources: readonly Attributes[],
  counted: Labels[] = [],
): [MessageHead, string[]][] {
  const bytes = requestOf(resources);
  const keyOf = createHeadReader(kafkaExporterConfig.parse(parse(yaml)), {
    signal: 'traces',
    count: (_name, labels = {}) => counted.push(labels),
  })?.(bytes);
  assert.ok(keyOf);
  return splitRequest(bytes, { maxBytes: Infinity, keyOf }).map(({ key, bytes: part }) => [
    key,
    spanNames(part),
  ]);
}

test('topic_from_attribute sends each resource to the topic that it names, and the rest to the usual one', () => {
  const parts = split('topic_from_attribute: team', [
    { team: 'red' },
    { team: 'blue' },
    {},
    { team: 'red', other: 'x' },
    { team: 7 },
  ]);
  assert.deepEqual(
    parts.map(([{ topic }, names]) => [topic, names]),
    [
      ['red', ['0', '3']],
      ['blue', ['1']],
      ['', ['2', '4']],
    ],
  );
});

test('a name that no topic can have is counted, and the usual topic taken', () => {
  const counted: Labels[] = [];
  const names = ['..', 'a b', 'x'.repeat(250), 'fine-1._'];
  const parts = split(
    'topic_from_attribute: team',
    names.map((team) => ({ team })),
    counted,
  );
  assert.deepEqual(
    parts.map(([{ topic }]) => topic),
    ['', 'fine-1._'],
  );
  assert.equal(counted.length, 3);
  assert.deepEqual(counted[0], { signal: 'traces', reason: 'invalid_name' });
});

test('stamped metadata comes before the attribute for the topic, and makes keys and headers', () => {
  const yaml = `
traces: {topic_from_metadata_key: x-topic, message_key_from_metadata_key: x-key}
topic_from_attribute: team
include_metadata_keys: [x-tenant]
record_headers: {source: weir}`;
  const parts = split(yaml, [
    { 'x-topic': 'by-metadata', team: 'red', 'x-tenant': 'Zoë', 'x-key': 'k' },
    { team: 'red' },
  ]);
  assert.deepEqual(
    parts.map(([head]) => head),
    [
      { topic: 'by-metadata', key: 'k', headers: { source: 'weir', 'x-tenant': 'Zoë' } },
      { topic: 'red', key: '', headers: { source: 'weir' } },
    ],
  );
});

test('a trace that spans two topics is keyed by its id in both', () => {
  const yaml = '{partition_traces_by_id: true, topic_from_attribute: team}';
  const parts = split(yaml, [{ team: 'red' }, { team: 'blue' }]);
  assert.deepEqual(
    parts.map(([{ topic, key }]) => [topic, key]),
    [
      ['red', 'ab'.repeat(16)],
      ['blue', 'ab'.repeat(16)],
    ],
  );
});

test('where every message has the same head, there is nothing to read', () => {
  const config = kafkaExporterConfig.parse({ record_headers: { source: 'weir' } });
  assert.equal(createHeadReader(config, { signal: 'traces', count: () => undefined }), undefined);
});
