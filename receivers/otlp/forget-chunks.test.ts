import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Client,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  credentials,
} from '@grpc/grpc-js';
import type { ServerInterceptor } from '@grpc/grpc-js';
import { forgetChunks } from './forget-chunks.ts';

const asIs = (bytes: Buffer): Buffer => bytes;
const path = '/test/Export';
const method = {
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};

/** Bytes of a message's chunks that the call holds; fails where grpc-js keeps them elsewhere than it did. */
function heldBytes(call: object): number {
  assert.ok('decoder' in call && typeof call.decoder === 'object' && call.decoder !== null);
  assert.ok('readPartialMessage' in call.decoder && 'readCompressFlag' in call.decoder);
  assert.ok('readState' in call.decoder);
  assert.ok(Array.isArray(call.decoder.readPartialMessage));
  const chunks = call.decoder.readPartialMessage as Buffer[];
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

test('a call whose message was read holds none of its chunks any more', async () => {
  const calls: object[] = [];
  const remember: ServerInterceptor = (_method, call) => {
    calls.push(call);
    return new ServerInterceptingCall(call);
  };
  const server = new Server({ interceptors: [remember] });
  const held: number[] = [];
  server.addService(
    { export: method },
    {
      export: (_call: unknown, callback: (error: null, answer: Buffer) => void) => {
        const [call] = calls;
        assert.ok(call);
        held.push(heldBytes(call));
        forgetChunks(call);
        held.push(heldBytes(call));
        callback(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  await new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(200_000, 1), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  client.close();
  server.forceShutdown();
  assert.deepEqual(held, [200_000, 0]);
});

test('a call that is putting a message together keeps its chunks, and a foreign one is left alone', () => {
  const chunk = Buffer.from('ab');
  const reading = { decoder: { readState: 2, readPartialMessage: [chunk] } };
  forgetChunks(reading);
  assert.deepEqual(reading, { decoder: { readState: 2, readPartialMessage: [chunk] } });
  const foreign = { stream: {} };
  forgetChunks(foreign);
  assert.deepEqual(foreign, { stream: {} });
});
