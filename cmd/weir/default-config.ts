/** What the built-in configuration depends on. */
export interface DefaultConfigOptions {
  /** Whether this install has the embedded ClickHouse; the `file` exporter takes its place where not. */
  readonly embeddedStore: boolean;
  /** Folder of the file that the `file` exporter writes, where it takes the place of the store. */
  readonly dataDir?: string;
}

/** The commented YAML that `weir` runs without arguments: OTLP in on loopback, understood, redacted and kept on this machine. */
export function defaultConfigText({ embeddedStore, dataDir }: DefaultConfigOptions): string {
  const exporter = embeddedStore ? 'clickhouse' : 'file';
  const extensions = embeddedStore
    ? '[health_check, file_storage, chdb]'
    : '[health_check, file_storage]';
  return `# The built-in configuration of Weir. Print it with: weir print-config --source
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:4317
      http:
        endpoint: 127.0.0.1:4318

processors:
  # Understands gen_ai spans of any SDK: model, tokens, cost.
  genai:
  # Masks personal data and credentials before anything is stored.
  redaction:
    action: redact

exporters:
${embeddedStore ? clickhouse : fileExporter(dataDir ?? './weir-data')}
extensions:
  # /ready and /live on 127.0.0.1:13133.
  health_check:
  # What was acknowledged is on disk first, and outlives a crash.
  file_storage:
${embeddedStore ? chdb : ''}
service:
  extensions: ${extensions}
  pipelines:
    traces:
      receivers: [otlp]
      processors: [genai, redaction]
      exporters: [${exporter}]
    logs:
      receivers: [otlp]
      processors: [redaction]
      exporters: [${exporter}]
    metrics:
      receivers: [otlp]
      processors: [redaction]
      exporters: [${exporter}]
`;
}

const clickhouse = `  # Without an endpoint: the embedded ClickHouse. Ask it with: weir query "SELECT …"
  clickhouse:
    sending_queue: { storage: file_storage }
`;

const chdb = `  # The embedded ClickHouse, in <data dir>/clickhouse, for 30 days or 5 GiB.
  chdb:
`;

function fileExporter(dataDir: string): string {
  const path = `${dataDir.replaceAll('$', '$$$$')}/telemetry.jsonl`;
  return `  # One OTLP/JSON request a line; this install has no embedded ClickHouse.
  file:
    path: ${JSON.stringify(path)}
    append: true
    sending_queue: { storage: file_storage }
`;
}
