import type { ComponentSpec, Config } from '../../pipeline/config/config.ts';
import type { Engine } from '../../pipeline/graph/engine.ts';

/** What a person who just started the daemon wants to know: where to send, where to look, and what it runs on. */
export function describeDaemon(
  config: Config,
  engine: Pick<Engine, 'threads'>,
  isBuiltIn: boolean,
): string {
  const store = usedOfType(config, 'clickhouse').length > 0;
  const lines: (readonly [string, string] | undefined)[] = [
    ...usedReceivers(config).flatMap(describeReceiver),
    store
      ? ['ask', 'npx weir query "SELECT * FROM otel_traces ORDER BY Timestamp DESC"']
      : undefined,
    config.telemetry.metrics.enabled
      ? ['metrics', `http://${config.telemetry.metrics.endpoint}/metrics`]
      : undefined,
    ['data', config.dataDir],
    ['workers', engine.threads === 0 ? 'none, all runs on one thread' : String(engine.threads)],
    isBuiltIn ? ['config', 'built-in; see weir print-config --source'] : undefined,
  ];
  const rows = lines.filter((line) => line !== undefined);
  return `\n  weir is ready\n\n${rows.map(([name, text]) => `    ${name.padEnd(9)} ${text}`).join('\n')}\n\n`;
}

function usedReceivers(config: Config): readonly ComponentSpec[] {
  const ids = new Set(config.pipelines.flatMap((pipeline) => pipeline.receivers));
  return [...ids].flatMap((id) => config.receivers.get(id) ?? []);
}

function usedOfType(config: Config, type: string): readonly ComponentSpec[] {
  const ids = new Set(config.pipelines.flatMap((pipeline) => pipeline.exporters));
  return [...ids].flatMap((id) => config.exporters.get(id) ?? []).filter((s) => s.type === type);
}

/** The endpoints as written; a receiver without any is named by its id. */
function describeReceiver(spec: ComponentSpec): readonly (readonly [string, string])[] {
  const protocols = childOf(spec.raw, 'protocols');
  const endpoints = ['grpc', 'http'].flatMap((protocol): (readonly [string, string])[] => {
    if (!isRecord(protocols) || !(protocol in protocols)) return [];
    const endpoint = childOf(protocols[protocol], 'endpoint');
    const port = protocol === 'grpc' ? 4317 : 4318;
    const shown = typeof endpoint === 'string' ? endpoint : `127.0.0.1:${port}`;
    return [['send', protocol === 'grpc' ? `${shown} (OTLP/gRPC)` : `http://${shown} (OTLP/HTTP)`]];
  });
  return endpoints.length > 0 ? endpoints : [['receiver', spec.id]];
}

function childOf(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
