import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeRequest, encodeRequest, type Plain } from '../../test/support/otlp-oracle.ts';
import { createBatchReader } from './batch-reader.ts';
import type { Batch, Text } from './batch.ts';
import { createKeys } from './create-keys.ts';

const keys = createKeys();
const count = keys.key('own.count');
const names = keys.key('own.names');
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
            span([text('own.count', 'jane'), text('x', 'y')]),
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
    texts.additions(owner, 0, 'own.')?.setInt(count, 3);
  }
  texts.additions('item', 0, 'own.')?.setString(names, 'user');
  assert.deepEqual(Buffer.from(batch.encode()), Buffer.from(expected));
  assert.doesNotThrow(() => decodeRequest('traces', expected));
});

test('items show what was added beside texts, and texts what was added before them', () => {
  const batch = reader.open('traces', bytes);
  const other = keys.key('other');
  for (const item of batch) item.attributes.setString(other, 'jane');
  const additions = replaced(batch).additions('item', 0, 'own.');
  additions?.setInt(count, 1);
  const [first] = batch;
  assert.equal(first?.attributes.number(count), 1);
  assert.equal(first.attributes.string(other), '[NAME]');
});

test('nothing is added beside an attribute with the prefix, however it is written, and nothing without it', () => {
  const texts = replaced(reader.open('traces', bytes));
  assert.equal(texts.additions('item', 1, 'own.'), undefined);
  assert.notEqual(texts.additions('item', 1, 'own.names'), undefined);
  const additions = texts.additions('item', 0, 'own.');
  additions?.setString(names, 'a');
  assert.throws(() => texts.additions('item', 0, 'own.')?.setString(names, 'b'), /there already/);
  assert.throws(() => additions?.setInt(keys.key('user'), 1), /user may be there already/);

  const field = (tag: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([tag, body.length]), body]);
  };
  const key = (name: string): Buffer => field(0x0a, Buffer.from(name));
  const value = field(0x12, field(0x0a, Buffer.from('jane')));
  const isFree = (...parts: Buffer[]): boolean => {
    const logRecord = field(0x12, field(0x32, ...parts));
    const batch = reader.open('logs', field(0x0a, field(0x12, logRecord)));
    return replaced(batch).additions('item', 0, 'own.') !== undefined;
  };
  assert.equal(isFree(key('owl.x'), value), true);
  assert.equal(isFree(key('own'), value), true);
  assert.equal(isFree(key('other')), true);
  assert.equal(isFree(key('own.x'), value), false);
  assert.equal(isFree(value, key('own.x')), false);
  assert.equal(isFree(key('other'), value, key('own.x')), false);
});

test('nothing is added where the message is absent, or once the batch was read again', () => {
  const batch = reader.open('traces', bytes);
  const texts = batch.texts();
  const at = (owner: Text['owner'], item: number): unknown => texts.additions(owner, item, 'own.');
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
      .additions('resource', 0, 'own.');
  assert.equal(shown(resource, resource, scopeSpans), undefined);
  assert.equal(shown(resource), undefined);
  assert.notEqual(shown(resource, scopeSpans), undefined);
});
