import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Ingress, Receiver } from '../../pipeline/component/receiver.ts';
import { grpcConfig, httpConfig } from './config.ts';
import type { GrpcConfig, HttpConfig, OtlpConfig } from './config.ts';
import { createGrpcReceiver } from './grpc.ts';
import { createHttpReceiver } from './http.ts';
import { createRequestCounters } from './metrics.ts';
import type { Transport } from './metrics.ts';
import type { ServiceDeps } from './service.ts';
import { createStamper } from './stamps.ts';

/** Serves the protocols that the YAML names, one server each. */
export function createOtlpReceiver(
  config: OtlpConfig,
  context: ComponentContext,
  ingress: Ingress,
): Receiver {
  const { protocols, stamp } = config;
  // A key without a value is null in YAML and means all defaults, as in the Collector.
  const grpc = protocols.grpc === null ? grpcConfig.parse({}) : protocols.grpc;
  const http = protocols.http === null ? httpConfig.parse({}) : protocols.http;

  const endpoints = new Map<Transport, string>();
  const depsOf = (transport: Transport, own: GrpcConfig | HttpConfig): ServiceDeps => ({
    context,
    ingress,
    counters: createRequestCounters(context.meter, transport),
    takeStamps: createStamper(stamp, own.include_metadata),
    onListening: (endpoint) => endpoints.set(transport, endpoint),
    otherEndpoint: () => endpoints.get(transport === 'grpc' ? 'http' : 'grpc') ?? 'off',
  });

  const servers: readonly Receiver[] = [
    ...(grpc === undefined ? [] : [createGrpcReceiver(grpc, depsOf('grpc', grpc))]),
    ...(http === undefined ? [] : [createHttpReceiver(http, depsOf('http', http))]),
  ];

  async function shutdown(): Promise<void> {
    await Promise.all(servers.map(async (server) => server.shutdown?.()));
  }

  return {
    async start() {
      try {
        for (const server of servers) await server.start?.();
      } catch (error) {
        await shutdown();
        throw error;
      }
    },
    shutdown,
  };
}
