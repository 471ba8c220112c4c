import { Server, ServerCredentials } from '@grpc/grpc-js';
import type {
  ServerOptions,
  ServerUnaryCall,
  ServiceDefinition,
  handleUnaryCall,
} from '@grpc/grpc-js';
import { freeMemory } from '../../pipeline/admission/free-memory.ts';
import type { Receiver } from '../../pipeline/component/receiver.ts';
import { signals } from '../../pipeline/component/signal.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { encodeExportResponse } from '../../pipeline/otlp/export-response.ts';
import type { PartialSuccess } from '../../pipeline/otlp/export-response.ts';
import { announce } from './announce.ts';
import { readTlsOptions, watchCertificates } from './certificates.ts';
import type { GrpcConfig } from './config.ts';
import { listen, requireEndpoint } from './endpoint.ts';
import { widenWindows } from './flow-control.ts';
import { passOverResetStreams } from './reset-streams.ts';
import { createAdmission, toGrpcStatus } from './grpc-admission.ts';
import type { AdmittedMessage } from './grpc-admission.ts';
import { createConnectionServer } from './grpc-connections.ts';
import type { ConnectionServer, ConnectionTarget } from './grpc-connections.ts';
import { consume, once, withinGrace } from './service.ts';
import type { ServiceDeps } from './service.ts';
import type { RequestOrigin } from './stamps.ts';

const services: Readonly<Record<Signal, string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

const defaultMessageMib = 64;

/** As long as HTTP's default `read_timeout`. */
const maxReadMs = 30_000;

/** Node's cap on what one HTTP/2 session may hold, in MB; grpc-js turns it off unless told. */
const maxSessionMemoryMb = 32;

/** Serves OTLP/gRPC: messages go on as the bytes that they are. */
export function createGrpcReceiver(config: GrpcConfig, deps: ServiceDeps): Receiver {
  const { logger, id } = deps.context;
  const endpoint = requireEndpoint(config.endpoint);
  let isStopping = false;
  let connections: ConnectionServer | undefined;
  let stopWatching: (() => void) | undefined;
  const server = createGrpcServer(config, deps, () => isStopping);
  // TLS ends before a connection gets here.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const target: ConnectionTarget = {
    accept: (socket) => {
      injector.injectConnection(socket);
    },
    refuse: (protocol) => {
      deps.counters.wrongProtocol();
      logger.warn(`a client spoke ${wrongProtocolNames[protocol]} on the OTLP/gRPC port`, {
        mend:
          protocol === 'tls'
            ? 'set protocols.grpc.tls, or make the client insecure'
            : 'send OTLP/HTTP to the HTTP port',
        http: deps.otherEndpoint(),
      });
    },
  };

  return {
    async start() {
      const { tls } = config;
      const tlsOptions = tls && (await readTlsOptions(tls));
      connections = createConnectionServer(target, tlsOptions);
      const place = { id, key: 'protocols.grpc.endpoint' };
      const port = await listen(connections.server, endpoint, place);
      stopWatching = tls && tlsOptions && watchCertificates(tls, tlsOptions, connections, logger);
      announce(deps, { protocol: 'OTLP/gRPC', endpoint, port, tls });
    },
    shutdown: once(async () => {
      isStopping = true;
      stopWatching?.();
      connections?.close();
      await withinGrace(finishCalls(server), logger);
      server.forceShutdown();
    }),
  };
}

const wrongProtocolNames = {
  http1: 'HTTP/1.1',
  tls: 'TLS',
  unknown: 'another protocol',
} as const;

function finishCalls(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.tryShutdown(() => {
      resolve();
    });
  });
}

function createGrpcServer(
  config: GrpcConfig,
  deps: ServiceDeps,
  isStopping: () => boolean,
): Server {
  const maxMessageBytes = (config.max_recv_msg_size_mib || defaultMessageMib) * 1024 * 1024;
  const paths = new Map(signals.map((signal) => [exportPath(signal), signal]));
  const admission = createAdmission(deps, {
    maxMessageBytes,
    maxWaitMs: config.admission_wait,
    maxReadMs,
    isStopping,
    signalOf: (path) => paths.get(path),
  });
  const server = new Server({
    ...toServerOptions(config),
    'grpc.max_receive_message_length': maxMessageBytes,
    interceptors: [admission],
  });
  passOverResetStreams(server);
  widenWindows(server, () => deps.context.ingressBudget.unreadBytes);
  for (const signal of signals) {
    server.addService(exportService(signal), {
      export: createExportHandler(signal, maxMessageBytes, deps),
    });
  }
  return server;
}

function toServerOptions(config: GrpcConfig): ServerOptions {
  const { server_parameters: care } = config.keepalive;
  return {
    'grpc.max_concurrent_streams': config.max_concurrent_streams,
    'grpc-node.max_session_memory': maxSessionMemoryMb,
    'grpc.keepalive_time_ms': care.time,
    'grpc.keepalive_timeout_ms': care.timeout,
    // 0 means never, which grpc-js says by leaving the option out.
    ...(care.max_connection_idle > 0 && {
      'grpc.max_connection_idle_ms': care.max_connection_idle,
    }),
    ...(care.max_connection_age > 0 && { 'grpc.max_connection_age_ms': care.max_connection_age }),
    ...(care.max_connection_age_grace > 0 && {
      'grpc.max_connection_age_grace_ms': care.max_connection_age_grace,
    }),
    'grpc.enable_channelz': 0,
  };
}

function exportPath(signal: Signal): string {
  return `/${services[signal]}/Export`;
}

function exportService(signal: Signal): ServiceDefinition {
  return {
    export: {
      path: exportPath(signal),
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: toResponse,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  };
}

const emptyResponse = Buffer.alloc(0);

function toResponse(partial: PartialSuccess): Buffer {
  const bytes = encodeExportResponse(partial);
  return bytes.length === 0 ? emptyResponse : Buffer.from(bytes);
}

function createExportHandler(
  signal: Signal,
  maxBytes: number,
  deps: ServiceDeps,
): handleUnaryCall<AdmittedMessage, PartialSuccess> {
  return (call, callback) => {
    const { body, compression, reservation } = call.request.take();
    const stamps = deps.takeStamps?.(toOrigin(call)) ?? [];
    const form = { encoding: 'protobuf', compression, maxBytes } as const;
    void consume(deps, { signal, body, ...form, stamps }).then((answer) => {
      freeMemory(body);
      reservation.release();
      if (answer.kind === 'accepted') {
        callback(null, answer.partial);
        return;
      }
      deps.counters.refused(answer.refusal.reason);
      callback(toGrpcStatus(answer.refusal));
    });
  };
}

function toOrigin(call: ServerUnaryCall<unknown, unknown>): RequestOrigin {
  return {
    address: () => toAddress(call.getPeer()),
    header: (name) => {
      const [value] = call.metadata.get(name);
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/** The peer without its port; '' where unknown. */
function toAddress(peer: string): string {
  const portAt = peer.lastIndexOf(':');
  return portAt < 0 ? '' : peer.slice(0, portAt);
}
