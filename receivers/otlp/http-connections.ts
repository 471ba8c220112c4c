import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Knows which connections have a request in flight. */
export interface HttpConnections {
  /** Takes no more connections, closes those without a request at once and the others after theirs; resolves when none is left. */
  close(): Promise<void>;
}

/**
 * Follows the connections of a server. Node's own `closeIdleConnections` leaves alone those that never sent anything, and
 * those that go idle later.
 */
export function followConnections(server: Server, isSecure: boolean): HttpConnections {
  const open = new Set<Socket>();
  const inFlight = new Map<Socket, number>();
  let isClosing = false;
  const follow = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  const count = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    inFlight.set(socket, (inFlight.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (inFlight.get(socket) ?? 1) - 1;
      if (left > 0) inFlight.set(socket, left);
      else inFlight.delete(socket);
      if (left === 0 && isClosing) socket.end();
    });
  };
  // Over TLS that is the socket that requests come on; the one of `connection` lies beneath it.
  server.on(isSecure ? 'secureConnection' : 'connection', follow);
  server.on('request', count);
  server.on('checkContinue', count);

  return {
    close() {
      isClosing = true;
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of open) if (!inFlight.has(socket)) socket.destroy();
      });
    },
  };
}
