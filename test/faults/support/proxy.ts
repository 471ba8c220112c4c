import { once } from 'node:events';
import { listen } from '../../support/listen.ts';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP forwarder between the daemon and a sink. */
export interface Proxy {
  readonly port: number;
  /** Connections made so far. */
  readonly connections: number;
  /** Lets nothing more through the open connections, in either direction, and tells nobody: as a router does that forgot them. New ones work. */
  forgetAll(): void;
  /** Breaks every open connection with a RST. */
  resetAll(): void;
  close(): Promise<void>;
}

/** Forwards to a port of 127.0.0.1. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const forgotten = new Set<readonly [Socket, Socket]>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const target = connect(targetPort, '127.0.0.1');
    const pair = [client, target] as const;
    pairs.add(pair);
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.on('data', (chunk) => {
        if (!forgotten.has(pair)) to.write(chunk);
      });
      from.on('end', () => {
        if (!forgotten.has(pair)) to.end();
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        pairs.delete(pair);
        if (!forgotten.has(pair)) to.destroy();
      });
    }
  });
  const port = await listen(server);
  const resetAll = (): void => {
    for (const [client, target] of pairs) {
      client.resetAndDestroy();
      target.destroy();
    }
  };
  return {
    port,
    get connections() {
      return connections;
    },
    forgetAll: () => {
      for (const pair of pairs) forgotten.add(pair);
    },
    resetAll,
    close: async () => {
      resetAll();
      server.close();
      await once(server, 'close');
    },
  };
}
