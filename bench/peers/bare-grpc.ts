import { Server, ServerCredentials } from '@grpc/grpc-js';

/** A grpc-js server that only takes the bytes of trace exports: the floor for any OTLP/gRPC receiver in Node. */
const asIs = (bytes: Buffer): Buffer => bytes;
const empty = Buffer.alloc(0);

const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
server.addService(
  {
    export: {
      path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      requestStream: false,
      responseStream: false,
      requestDeserialize: asIs,
      requestSerialize: asIs,
      responseDeserialize: asIs,
      responseSerialize: asIs,
    },
  },
  {
    export: (_call: unknown, answer: (error: null, reply: Buffer) => void) => {
      answer(null, empty);
    },
  },
);
server.bindAsync(
  `127.0.0.1:${process.env['OTLP_PORT'] ?? '24317'}`,
  ServerCredentials.createInsecure(),
  (error) => {
    if (error !== null) throw error;
  },
);
