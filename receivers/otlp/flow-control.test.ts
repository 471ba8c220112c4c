import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { Server } from '@grpc/grpc-js';
import { startOtlpReceiver } from '../../test/support/start-otlp-receiver.ts';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import { makesHttp2Servers } from './flow-control.ts';

const yaml = 'protocols: { grpc: { endpoint: 127.0.0.1:0 } }';

test('grpc-js makes its HTTP/2 servers where the windows are widened', () => {
  assert.ok(makesHttp2Servers(new Server()), 'grpc-js has changed: see flow-control.ts');
});

for (const [limitMiB, windowKiB] of [
  [1, 64],
  [64, 128],
  [256, 512],
  [4096, 512],
] as const) {
  test(`with ${limitMiB} MiB for requests, a connection and each of its calls may send ${windowKiB} KiB unread`, async (t) => {
    const budget = createByteBudget(limitMiB * 1024 ** 2);
    const { receiver, grpcPort } = await startOtlpReceiver(yaml, { budget });
    t.after(() => receiver.shutdown?.());
    const client = connect(`http://127.0.0.1:${grpcPort}`);
    t.after(() => {
      client.destroy();
    });
    const [settings] = (await once(client, 'remoteSettings')) as [{ initialWindowSize: number }];
    assert.equal(settings.initialWindowSize, windowKiB * 1024);
    // The connection's window is told in a frame of its own, which is here before the answer to a ping.
    await new Promise<void>((resolve, reject) => {
      client.ping((error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    assert.equal(client.state.remoteWindowSize, windowKiB * 1024);
  });
}
