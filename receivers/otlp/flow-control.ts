import type { Http2Server } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** What of a grpc-js server is reached into; the test of this module says when it is no longer there. */
interface Http2Maker {
  createHttp2Server(credentials: unknown): Http2Server;
}

/** Whether the server has the method that is guarded here. */
export function makesHttp2Servers(server: unknown): server is Http2Maker {
  return typeof server === 'object' && server !== null && 'createHttp2Server' in server;
}

/**
 * Lets clients send `windowBytes` of a call, and of all calls of a connection together, before any of it is read. HTTP/2
 * begins with 64 KiB, which grpc-js 1.14 has no option to change: a message of 300 KiB then stops five times until the
 * server has told that it may go on, and those of other calls come in between, a piece of each. Connections are asked for
 * one by one, because a reload may change what there is to give.
 */
export function widenWindows(server: Server, windowBytes: () => number): void {
  const maker: unknown = server;
  if (!makesHttp2Servers(maker)) return;
  const create = maker.createHttp2Server.bind(maker);
  maker.createHttp2Server = (credentials) => {
    const http2Server = create(credentials);
    http2Server.updateSettings({ initialWindowSize: windowBytes() });
    http2Server.on('session', (session) => {
      session.setLocalWindowSize(windowBytes());
    });
    return http2Server;
  };
}
