import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { listen } from './listen.ts';
import { projectRoot } from './project-root.ts';

/** A certificate's name in testdata: two servers' and a client's, of one authority. */
export type CertificateName = 'server' | 'server-2' | 'client';

/** The file of a certificate, or of the authority's. */
export function certificateFile(name: CertificateName | 'ca'): string {
  return join(projectRoot, 'receivers/otlp/testdata', `${name}.pem`);
}

/** The file of a certificate's key. */
export function keyFile(name: CertificateName): string {
  return join(projectRoot, 'receivers/otlp/testdata', `${name}-key.pem`);
}

/** What a connection came to, and whose certificate the client showed. */
export interface Handshake {
  readonly version: string | null;
  /** IANA's name. */
  readonly cipher: string;
  readonly client: string | undefined;
}

/** An HTTPS server that answers 200 and closes the connection, and remembers the handshake of every request. */
export interface TlsSink {
  readonly url: string;
  readonly handshakes: Handshake[];
  readonly close: () => void;
}

/** Starts the server; it asks clients for a certificate, and takes those of the same authority only where they show one. */
export async function startTlsSink(options: TlsOptions = {}): Promise<TlsSink> {
  const handshakes: Handshake[] = [];
  const server = createServer(
    {
      cert: readFileSync(certificateFile('server')),
      key: readFileSync(keyFile('server')),
      ca: readFileSync(certificateFile('ca')),
      requestCert: true,
      rejectUnauthorized: false,
      ...options,
    },
    (request, response) => {
      const { socket } = request;
      if (socket instanceof TLSSocket) handshakes.push(toHandshake(socket));
      request.resume().once('end', () => {
        response.writeHead(200, { connection: 'close' }).end();
      });
    },
  );
  const port = await listen(server);
  return {
    url: `https://localhost:${port}`,
    handshakes,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function toHandshake(socket: TLSSocket): Handshake {
  return {
    version: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    client: socket.authorized ? [socket.getPeerCertificate().subject.CN].flat().join() : undefined,
  };
}
