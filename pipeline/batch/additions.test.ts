import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeRequest, encodeRequest, type Plain } from '../../test/support/otlp-oracle.ts';
import { createBatchReader } from './batch-reader.ts';
import type { Batch, Text } from './batch.ts';
import { createKeys } from './create-keys.ts';

const keys = createKeys();
const count = keys.key('count');
const names = keys.key('names');
const reader = createBatchReader(keys);

const text = (key: string, value: string): Plain => ({ key, value: { stringValue: value } });
const span = (attributes: Plain[], events: Plain[] = []): Plain => ({
  traceId: Buffer.alloc(16, 1),
  spanId: Buffer.alloc(8, 1),
  attributes,
  events,
});

const bytes = encodeRequest('traces', {
  resourceSpans: [
    {
      resource: { attributes: [text('host', 'jane')] },
      scopeSpans: [
        {
          scope: { name: 'lib', attributes: [text('s', 'jane')] },
          spans: [
            span([text('user', 'jane'), text('tail', 'x')], [{ attributes: [text('e', 'jane')] }]),
            span([text('count', 'jane')]),
          ],
        },
      ],
    },
    { scopeSpans: [{ spans: [span([text('user', 'jane')])] }] },
  ],
});

function replaced(batch: Batch): ReturnType<Batch['texts']> {
  const texts = batch.texts();
  for (const found of texts) if (found.value === 'jane') found.replace('[NAME]');
  return texts;
}

test('attributes that are added beside replaced texts stand where they would had the batch been read again', () => {
  const expected = ((): Uint8Array => {
    const batch = reader.open('traces', bytes);
    replaced(batch);
    for (const { ordinal, attributes, resource, scope } of batch) {
      if (ordinal !== 0) continue;
      for (const owner of [attributes, resource, scope.attributes]) owner.setInt(count, 3);
      attributes.setString(names, 'user');
    }
    return batch.encode();
  })();
  const batch = reader.open('traces', bytes);
  // Edits of an earlier component, which make the texts those of another request.
  for (const item of batch) item.attributes.delete(keys.key('absent'));
  const texts = replaced(batch);
  for (const owner of ['item', 'resource', 'scope'] as const) {
    texts.additions(owner, 0)?.setInt(count, 3);
  }
  texts.additions('item', 0)?.setString(names, 'user');
  assert.deepEqual(Buffer.from(batch.encode()), Buffer.from(expected));
  assert.doesNotThrow(() => decodeRequest('traces', expected));
});

test('items show what was added beside texts, and texts what was added before them', () => {
  const batch = reader.open('traces', bytes);
  for (const item of batch) item.attributes.setString(names, 'jane');
  const additions = replaced(batch).additions('item', 0);
  assert.equal(additions?.has(names), true);
  additions.setInt(count, 1);
  const [first] = batch;
  assert.equal(first?.attributes.number(count), 1);
  assert.equal(first.attributes.string(names), '[NAME]');
});

test('an attribute that is there, or was just added, cannot be added', () => {
  const texts = replaced(reader.open('traces', bytes));
  const additions = texts.additions('item', 1);
  assert.throws(() => additions?.setInt(count, 1), /count is there already/);
  additions?.setString(names, 'a');
  assert.throws(() => texts.additions('item', 1)?.setString(names, 'b'), /there already/);
});

test('nothing is added where the message is absent, or once the batch was read again', () => {
  const batch = reader.open('traces', bytes);
  const texts = batch.texts();
  const at = (owner: Text['owner'], item: number): unknown => texts.additions(owner, item);
  assert.equal(at('resource', 2), undefined);
  assert.equal(at('scope', 2), undefined);
  assert.equal(at('item', 3), undefined);
  assert.notEqual(at('item', 2), undefined);
  for (const item of batch) item.name.trim();
  assert.throws(() => at('item', 0), /no longer valid/);
});

test('nothing is added to a resource that is split over two messages, nor where there is no item to show it', () => {
  const group = (...fields: Buffer[]): Buffer => {
    const body = Buffer.concat(fields);
    return Buffer.concat([Buffer.from([0x0a, body.length]), body]);
  };
  const attribute = Buffer.from([0x0a, 5, 0x0a, 1, 0x61, 0x12, 0]);
  const resource = group(attribute);
  const scopeSpans = Buffer.from([0x12, 2, 0x12, 0]);
  const shown = (...fields: Buffer[]): unknown =>
    reader
      .open('logs', group(...fields))
      .texts()
      .additions('resource', 0);
  assert.equal(shown(resource, resource, scopeSpans), undefined);
  assert.equal(shown(resource), undefined);
  assert.notEqual(shown(resource, scopeSpans), undefined);
});
