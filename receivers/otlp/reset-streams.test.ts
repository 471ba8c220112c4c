import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Server } from '@grpc/grpc-js';
import { hasContentTypeCheck, passOverResetStreams } from './reset-streams.ts';

test('a stream that was reset is not answered, and one that was not is checked', () => {
  const server = new Server();
  passOverResetStreams(server);
  const guarded: unknown = server;
  assert.ok(hasContentTypeCheck(guarded), 'grpc-js has changed: see reset-streams.ts');
  const stream = {
    destroyed: true,
    respond: () => {
      throw new Error('The stream has been destroyed');
    },
  };
  assert.equal(guarded._verifyContentType(stream, {}), false);
  const headers = { 'content-type': 'application/grpc' };
  assert.equal(guarded._verifyContentType({ ...stream, destroyed: false }, headers), true);
  assert.throws(() => guarded._verifyContentType({ ...stream, destroyed: false }, {}));
});
