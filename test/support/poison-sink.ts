import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { spanNames } from './span-request.ts';

/** An OTLP/HTTP sink that refuses requests with a span called `poison`, unless it is mended. */
export interface PoisonSink {
  readonly url: string;
  /** Names of the spans that it took. */
  readonly taken: string[];
  /** Whether it takes the poison too. */
  isMended: boolean;
}

/** Starts a sink that ends with the test. */
export async function startPoisonSink(test: TestContext): Promise<PoisonSink> {
  const sink: PoisonSink = { url: '', taken: [], isMended: false };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const names = spanNames(gunzipSync(Buffer.concat(chunks)));
      const isRefused = !sink.isMended && names.includes('poison');
      if (!isRefused) sink.taken.push(...names);
      response.writeHead(isRefused ? 400 : 200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  // The server of a TCP port has an address with a port.
  const { port } = server.address() as AddressInfo;
  return Object.assign(sink, { url: `http://127.0.0.1:${port}` });
}
