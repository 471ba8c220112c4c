import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { freeMemory } from '../../pipeline/admission/free-memory.ts';
import type { Receiver } from '../../pipeline/component/receiver.ts';
import { maxTimerMs } from '../../pipeline/telemetry/clock.ts';
import { announce } from './announce.ts';
import { busy, shuttingDown } from './answers.ts';
import type { Refusal } from './answers.ts';
import { readTlsOptions, watchCertificates } from './certificates.ts';
import type { HttpConfig } from './config.ts';
import { createCors } from './cors.ts';
import { listen, requireEndpoint } from './endpoint.ts';
import { sendAccepted, sendRefused } from './http-answer.ts';
import { readBody } from './http-body.ts';
import { followConnections } from './http-connections.ts';
import type { HttpConnections } from './http-connections.ts';
import { answerEncoding, createRouter, mediaType } from './http-route.ts';
import type { Route } from './http-route.ts';
import { extendReservation, inflatedBytes } from './reserve-inflated.ts';
import { consume, once, withinGrace } from './service.ts';
import type { ServiceDeps } from './service.ts';
import type { RequestOrigin } from './stamps.ts';
import { recognizeProtocol } from './wire-protocol.ts';

/** Open connections of the port; Node has no limit of its own. */
const maxConnections = 10_000;

/** Serves OTLP/HTTP: bodies go on compressed and undecoded as they came. */
export function createHttpReceiver(config: HttpConfig, deps: ServiceDeps): Receiver {
  const { logger, id } = deps.context;
  const endpoint = requireEndpoint(config.endpoint);
  let isStopping = false;
  let server: Server | undefined;
  let connections: HttpConnections | undefined;
  let stopWatching: (() => void) | undefined;
  const answer = createRequestListener(config, deps, () => isStopping);

  return {
    async start() {
      const { tls } = config;
      const tlsOptions = tls && (await readTlsOptions(tls));
      const handshakeTimeout = Math.ceil(config.read_header_timeout) || maxTimerMs;
      const secure =
        tlsOptions &&
        createTlsServer({ ...toServerOptions(config), ...tlsOptions, handshakeTimeout });
      server = secure ?? createServer(toServerOptions(config));
      server.maxConnections = maxConnections;
      connections = followConnections(server, secure !== undefined);
      server.on('request', answer);
      server.on('checkContinue', answer);
      server.on('clientError', (error: Error, socket: Socket) => {
        refuseConnection(error, socket, deps);
      });
      // Node tells of a handshake that failed or took too long, and leaves the connection open.
      secure?.on('tlsClientError', (_error, socket) => socket.destroy());
      const port = await listen(server, endpoint, { id, key: 'protocols.http.endpoint' });
      if (tls && tlsOptions && secure) {
        stopWatching = watchCertificates(tls, tlsOptions, secure, logger);
      }
      announce(deps, { protocol: 'OTLP/HTTP', endpoint, port, tls });
    },
    shutdown: once(async () => {
      isStopping = true;
      stopWatching?.();
      if (server === undefined || connections === undefined) return;
      await withinGrace(connections.close(), logger);
      server.closeAllConnections();
    }),
  };
}

function toServerOptions(config: HttpConfig): ServerOptions {
  const requestTimeout = Math.ceil(config.read_timeout);
  const headersTimeout = Math.ceil(config.read_header_timeout);
  return {
    requestTimeout,
    // Node refuses a longer time for the headers than for the whole.
    headersTimeout: requestTimeout > 0 ? Math.min(headersTimeout, requestTimeout) : headersTimeout,
    keepAliveTimeout: Math.ceil(config.idle_timeout),
    connectionsCheckingInterval: 5000,
    maxHeaderSize: 16 * 1024,
  };
}

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

function createRequestListener(
  config: HttpConfig,
  deps: ServiceDeps,
  isStopping: () => boolean,
): Respond {
  const findRoute = createRouter(config, deps.ingress);
  const cors = createCors(config.cors);
  const respond = createResponder(config, deps);
  const fixedHeaders = Object.entries(config.response_headers);

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      deps.context.logger.error('a request could not be answered', { error: String(error) });
      response.destroy();
    });
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of fixedHeaders) response.setHeader(name, value);
    const isLast = isStopping() || !config.keep_alives_enabled;
    if (isLast) response.setHeader('connection', 'close');
    if (request.method === 'OPTIONS' && cors !== undefined) {
      response.writeHead(204, cors.preflight(request)).end();
      return;
    }
    for (const [name, value] of Object.entries(cors?.headers(request) ?? {})) {
      if (value !== undefined) response.setHeader(name, value);
    }
    const route = isStopping() ? shuttingDown : findRoute(request);
    if ('reason' in route) {
      warnOfGrpc(request, deps);
      refuse(request, response, route);
    } else await respond(request, response, route);
  }

  function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    deps.counters.refused(refusal.reason);
    sendRefused(response, answerEncoding(request), refusal);
  }
}

type RespondToRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  route: Route,
) => Promise<void>;

function createResponder(config: HttpConfig, deps: ServiceDeps): RespondToRoute {
  const maxBytes = config.max_request_body_size;
  const limits = { maxBytes, maxWaitMs: config.admission_wait };
  const tooLarge: Refusal = {
    reason: 'too_large',
    message: `the body is larger than ${String(maxBytes)} bytes`,
  };

  return async (request, response, route) => {
    const { signal, encoding, compression } = route;
    const refuse = (refusal: Refusal): void => {
      deps.counters.refused(refusal.reason);
      sendRefused(response, encoding, refusal);
    };
    const read = await readBody(request, deps.context.ingressBudget, limits, () => {
      if (request.headers.expect !== undefined) response.writeContinue();
    });
    if (read.kind === 'cancelled') {
      if (expired.has(request.socket)) deps.counters.refused('too_slow');
      else deps.counters.cancelled();
      return;
    }
    if (read.kind !== 'read') {
      refuse(read.kind === 'busy' ? busy : tooLarge);
      return;
    }
    const { body, reservation } = read;
    const needed = inflatedBytes({ body, compression }, maxBytes);
    const { ingressBudget } = deps.context;
    const extended = extendReservation(ingressBudget, reservation, needed, limits.maxWaitMs);
    if ((await extended) === undefined) {
      freeMemory(body);
      reservation.release();
      refuse(busy);
      return;
    }
    const stamps = deps.takeStamps?.(toOrigin(request)) ?? [];
    const answer = await consume(deps, { signal, body, encoding, compression, maxBytes, stamps });
    freeMemory(body);
    reservation.release();
    if (answer.kind === 'refused') refuse(answer.refusal);
    else sendAccepted(response, encoding, signal, answer.partial);
  };
}

function toOrigin(request: IncomingMessage): RequestOrigin {
  return {
    address: () => request.socket.remoteAddress ?? '',
    header: (name) => [request.headers[name]].flat()[0],
  };
}

function warnOfGrpc(request: IncomingMessage, deps: ServiceDeps): void {
  if (!mediaType(request.headers['content-type']).startsWith('application/grpc')) return;
  reportWrongProtocol('gRPC', deps);
}

function reportWrongProtocol(protocol: string, deps: ServiceDeps): void {
  deps.counters.wrongProtocol();
  deps.context.logger.warn(`a client spoke ${protocol} on the OTLP/HTTP port`, {
    mend:
      protocol === 'TLS'
        ? 'set protocols.http.tls, or send to http://'
        : 'send OTLP/gRPC to the gRPC port',
    grpc: deps.otherEndpoint(),
  });
}

const badRequest =
  'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n' +
  'This port takes OTLP/HTTP over HTTP/1.1. Send OTLP/gRPC to the port of protocols.grpc.\n';

const requestTimeout = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/** Connections on which a request did not come in whole in time. */
const expired = new WeakSet<Socket>();

/** What arrives here is no HTTP/1.1: gRPC with its HTTP/2 preface, TLS, a connection that broke, or one that is too slow. */
function refuseConnection(error: Error, socket: Socket, deps: ServiceDeps): void {
  const head =
    'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : undefined;
  const protocol = head === undefined ? 'unknown' : recognizeProtocol(head);
  if (protocol === 'http2') reportWrongProtocol('gRPC', deps);
  if (protocol === 'tls') reportWrongProtocol('TLS', deps);
  const code = 'code' in error ? error.code : 'ECONNRESET';
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const isSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  if (isSlow) expired.add(socket);
  // A client that keeps its side open would hold what is reserved for its request for ever.
  socket.end(isSlow ? requestTimeout : badRequest, () => {
    socket.destroy();
  });
}
