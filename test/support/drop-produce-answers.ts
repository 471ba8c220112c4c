import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { listen } from './listen.ts';

/** A proxy before a broker that can let produce requests through and cut the connection instead of their answers. */
export interface AnswerDropper {
  readonly port: number;
  /** The broker behind it. */
  target: number;
  /** Produce requests whose answer is yet to be lost; counts down. */
  toDrop: number;
  /** Produce requests seen so far. */
  readonly produced: number;
  close(): void;
}

/** Of a Produce request (https://kafka.apache.org/protocol#protocol_api_keys). */
const produceKey = 0;

/** Starts the proxy on a free port. */
export async function startAnswerDropper(): Promise<AnswerDropper> {
  const sockets = new Set<Socket>();
  const state = { port: 0, target: 0, toDrop: 0, produced: 0 };
  const server = createServer((client) => {
    const broker = connect(state.target, '127.0.0.1');
    let isCut = false;
    const end = (): void => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    const readKeys = createKeyReader((key) => {
      if (key !== produceKey) return;
      state.produced += 1;
      if (state.toDrop === 0) return;
      state.toDrop -= 1;
      isCut = true;
    });
    client.on('data', (bytes) => {
      readKeys(bytes);
      broker.write(bytes);
    });
    broker.on('data', (bytes) => {
      // The broker has answered by now, so that it has what was produced.
      if (isCut) end();
      else client.write(bytes);
    });
  });
  state.port = await listen(server);
  return Object.assign(state, {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
}

/** Calls back with the API key of every request in a stream of them: a length of four bytes, then the key in two. */
function createKeyReader(onKey: (key: number) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isKeyRead = false;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 6) {
      if (!isKeyRead) onKey(rest.readInt16BE(4));
      isKeyRead = true;
      const size = 4 + rest.readInt32BE(0);
      if (rest.length < size) return;
      rest = rest.subarray(size);
      isKeyRead = false;
    }
  };
}
