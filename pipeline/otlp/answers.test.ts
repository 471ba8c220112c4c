import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireError } from '../batch/wire-error.ts';
import {
  decodeExportResponse,
  encodeExportResponse,
  encodeExportResponseJson,
  parseExportResponseJson,
} from './export-response.ts';
import { decodeStatus, encodeStatus, encodeStatusJson, parseStatusJson } from './status.ts';

const busy = { code: 14, message: 'no room, é', retryAfterMs: 1500 };

test('a status with RetryInfo survives protobuf and JSON', () => {
  assert.deepEqual(decodeStatus(encodeStatus(busy)), busy);
  assert.deepEqual(parseStatusJson(encodeStatusJson(busy)), busy);
});

test('the bytes of a status are those of google.rpc.Status', () => {
  const hex = Buffer.from(encodeStatus({ code: 3, message: 'bad' })).toString('hex');
  assert.equal(hex, '08031203626164');
  const withRetry = Buffer.from(encodeStatus({ code: 14, message: '', retryAfterMs: 2000 }));
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
  const expected = Buffer.concat([
    Buffer.from([0x08, 14, 0x12, 0, 0x1a, 2 + type.length + 8, 0x0a, type.length]),
    type,
    Buffer.from([0x12, 6, 0x0a, 4, 0x08, 2, 0x10, 0]),
  ]);
  assert.deepEqual(withRetry, expected);
});

test('the JSON of a status is ProtoJSON', () => {
  assert.deepEqual(JSON.parse(encodeStatusJson(busy)), {
    code: 14,
    message: 'no room, é',
    details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.500s' }],
  });
});

test('details of other types are left out, text that is no status gives undefined', () => {
  const other = Buffer.from('080e1a070a01781202ffff', 'hex');
  assert.deepEqual(decodeStatus(other), { code: 14, message: '' });
  assert.equal(parseStatusJson('<html>'), undefined);
  assert.equal(parseStatusJson('[1]'), undefined);
  assert.throws(() => decodeStatus(Uint8Array.of(0x0a, 0x7f)), WireError);
});

test('partial success survives protobuf and JSON of every signal', () => {
  const partial = { rejectedItems: 300, message: 'ids are missing' };
  assert.deepEqual(decodeExportResponse(encodeExportResponse(partial)), partial);
  for (const signal of ['traces', 'logs', 'metrics'] as const) {
    const text = encodeExportResponseJson(signal, partial);
    assert.deepEqual(parseExportResponseJson(signal, text), partial);
  }
  assert.equal(
    encodeExportResponseJson('metrics', partial),
    '{"partialSuccess":{"rejectedDataPoints":"300","errorMessage":"ids are missing"}}',
  );
});

test('whole success is the empty response', () => {
  const whole = { rejectedItems: 0, message: '' };
  assert.equal(encodeExportResponse(whole).length, 0);
  assert.equal(encodeExportResponseJson('logs', whole), '{}');
  assert.deepEqual(decodeExportResponse(new Uint8Array()), whole);
  assert.deepEqual(parseExportResponseJson('logs', 'no json'), whole);
});
