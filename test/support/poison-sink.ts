import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { listen } from './listen.ts';
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
  const port = await listen(server);
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(sink, { url: `http://127.0.0.1:${port}` });
}
