import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { recognizeProtocol } from './wire-protocol.ts';
import type { WireProtocol } from './wire-protocol.ts';

/** What becomes of connections. */
export interface ConnectionTarget {
  /** Takes one that speaks HTTP/2. What was read of it is put back. */
  accept(socket: Socket): void;
  /** Hears of one that speaks something else; it is closed afterwards. */
  refuse(protocol: Exclude<WireProtocol, 'http2'>): void;
}

/** A server that gives its connections to someone else. */
export interface ConnectionServer {
  readonly server: Server;
  /** Replaces the certificate; without effect where there is no TLS. */
  setSecureContext(options: SecureContextOptions): void;
  /** Takes no more connections, and closes those that have not said yet what they speak. */
  close(): void;
}

/** As in HTTP's `headersTimeout`: a connection that does not say what it speaks is not kept. */
const firstBytesTimeoutMs = 10_000;

/** Open connections of one port. */
const maxConnections = 10_000;

/**
 * Makes the server that stands before gRPC. gRPC takes connections instead of listening itself, so that the first bytes can
 * be looked at, and so that connections could come from elsewhere one day.
 */
export function createConnectionServer(
  target: ConnectionTarget,
  tlsOptions: TlsOptions | undefined,
): ConnectionServer {
  const pending = new Set<Socket>();
  const meet = (socket: Socket): void => {
    pending.add(socket);
    const forget = (): void => {
      pending.delete(socket);
    };
    socket.once('close', forget);
    socket.on('error', ignoreError);
    socket.setTimeout(firstBytesTimeoutMs, () => socket.destroy());
    socket.once('readable', () => {
      forget();
      socket.off('close', forget);
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      sort(socket, target);
    });
  };
  const handshake = { ALPNProtocols: ['h2'], handshakeTimeout: firstBytesTimeoutMs };
  const secure = tlsOptions && createTlsServer({ ...tlsOptions, ...handshake }, meet);
  secure?.on('tlsClientError', (error, socket) => {
    if (isPlainHttp(error)) target.refuse('http1');
    // Node tells of a handshake that failed or took too long, and leaves the connection open.
    socket.destroy();
  });
  const server = secure ?? createServer(meet);
  server.maxConnections = maxConnections;
  return {
    server,
    setSecureContext: (options) => secure?.setSecureContext(options),
    close() {
      if (server.listening) server.close();
      for (const socket of pending) socket.destroy();
    },
  };
}

/** A connection that breaks is closed by Node; its calls hear of it by themselves. */
function ignoreError(): void {
  // Nothing is left to be said to this client.
}

function sort(socket: Socket, target: ConnectionTarget): void {
  const head: unknown = socket.read();
  if (!Buffer.isBuffer(head)) {
    socket.destroy();
    return;
  }
  const protocol = recognizeProtocol(head);
  if (protocol === 'http2') {
    socket.unshift(head);
    target.accept(socket);
    return;
  }
  target.refuse(protocol);
  if (protocol === 'http1') socket.end(http1Answer);
  else socket.destroy();
}

const http1Text = 'This port takes OTLP/gRPC. Send OTLP/HTTP to the port of protocols.http.\n';
const http1Answer =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n' +
  `Content-Length: ${String(http1Text.length)}\r\n\r\n${http1Text}`;

function isPlainHttp(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_SSL_HTTP_REQUEST';
}
