import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Signal } from '../../../pipeline/component/signal.ts';
import type { OtlpProtocol } from '../otlp-sender.ts';

/** A recorded request and how the demo sends it. */
export interface Capture {
  /** Name of its file without `.json`; its origin stands in `captures/README.md`. */
  readonly name: string;
  readonly signal: Signal;
  readonly protocol: OtlpProtocol;
}

/** All of what the demo sends: three dialects, and every way in. */
export const captures: readonly Capture[] = [
  { name: 'otel-openai-cached-chat', signal: 'traces', protocol: 'grpc' },
  { name: 'otel-openai-tool-calls', signal: 'traces', protocol: 'http_proto' },
  { name: 'otel-openai-tool-calls-logs', signal: 'logs', protocol: 'http_proto' },
  { name: 'otel-openai-reasoning', signal: 'traces', protocol: 'grpc' },
  { name: 'otel-openai-rate-limited', signal: 'traces', protocol: 'http_json' },
  { name: 'otel-openai-embeddings', signal: 'traces', protocol: 'http_proto' },
  { name: 'otel-anthropic-cached-chat', signal: 'traces', protocol: 'grpc' },
  { name: 'traceloop-openai-tool-calls', signal: 'traces', protocol: 'http_proto' },
  { name: 'openinference-openai-agents', signal: 'traces', protocol: 'grpc' },
  { name: 'openinference-langchain-agent', signal: 'traces', protocol: 'http_json' },
  { name: 'planted-personal-data', signal: 'traces', protocol: 'http_json' },
];

/** The request's OTLP/JSON, parsed. @throws Error where this install lacks the file. */
export function readCapture(capture: Capture): unknown {
  const file = join(packageRoot(import.meta.dirname), folder, `${capture.name}.json`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

const folder = 'cmd/weir/demo/captures';

/** Compiled code runs from `dist/`; the captures lie beside the sources. */
function packageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from));
}
