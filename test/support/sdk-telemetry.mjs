/**
 * The telemetry of `sdk-app.mjs`, loaded before it by `node --import`, as OpenTelemetry's guide has it.
 * `OTEL_EXPORTER_OTLP_PROTOCOL` picks the exporters, which read `OTEL_EXPORTER_OTLP_ENDPOINT` themselves.
 * `INSTRUMENTATION` picks who makes the spans: `otel`, OpenTelemetry's own instrumentation of OpenAI
 * (content in log records) and the Anthropic client itself; or `openinference`, for both clients,
 * around the Anthropic client's own spans.
 */
import { register } from 'node:module';
import process from 'node:process';
import { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic';
import { OpenAIInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-openai';
import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const exporters = {
  grpc: [GrpcTraces, GrpcLogs],
  'http/protobuf': [ProtobufTraces, ProtobufLogs],
  'http/json': [JsonTraces, JsonLogs],
};

const [Traces, Logs] = exporters[process.env.OTEL_EXPORTER_OTLP_PROTOCOL];
const tracerProvider = new TracerProvider({
  spanProcessors: [new BatchSpanProcessor({ exporter: new Traces() })],
});
const loggerProvider = new LoggerProvider({
  processors: [new BatchLogRecordProcessor({ exporter: new Logs() })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(tracerProvider);

if (process.env.INSTRUMENTATION === 'openinference') {
  const { default: OpenAI } = await import('openai');
  const { default: Anthropic } = await import('@anthropic-ai/sdk');
  new OpenInference({ tracerProvider }).manuallyInstrument(OpenAI);
  new AnthropicInstrumentation({ tracerProvider }).manuallyInstrument(Anthropic);
} else {
  // The instrumentation sees what is imported as a module only through this hook.
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  const openai = new OpenAIInstrumentation({ captureMessageContent: true });
  openai.setTracerProvider(tracerProvider);
  openai.setLoggerProvider(loggerProvider);
  // Its instruments are undefined until it is given a provider, be it one that does nothing.
  openai.setMeterProvider(metrics.getMeterProvider());
}

process.once('beforeExit', () =>
  Promise.all([tracerProvider.shutdown(), loggerProvider.shutdown()]),
);
