/** A part of a configuration as data: JSON is YAML. */
export type Part = Readonly<Record<string, unknown>>;

/** The part of a configuration that differs from one test to the other. */
export interface FaultConfig {
  /** By id; `sinkExporter` makes one. Every exporter is in the one traces pipeline. */
  readonly exporters: Readonly<Record<string, Part>>;
  readonly processors?: Readonly<Record<string, Part>>;
  /** Of `file_storage`; the log is in memory where absent. */
  readonly storage?: Part;
  /** Of the receiver's protocols. */
  readonly grpc?: Part;
  readonly http?: Part;
  /** Pipelines besides `traces`. */
  readonly pipelines?: Part;
  /** Further keys of `service`, and of the file. */
  readonly service?: Part;
  readonly top?: Part;
}

/** A configuration with one pipeline `traces`, from OTLP to the exporters. */
export function toConfig(config: FaultConfig): string {
  const { exporters, processors = {}, storage } = config;
  const address = (port: string): string => `127.0.0.1:\${env:${port}}`;
  return JSON.stringify({
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: address('GRPC'), ...config.grpc },
          http: { endpoint: address('HTTP'), ...config.http },
        },
      },
    },
    processors,
    exporters,
    extensions: {
      health_check: { endpoint: address('HEALTH') },
      ...(storage === undefined ? {} : { file_storage: storage }),
    },
    service: {
      extensions: storage === undefined ? ['health_check'] : ['health_check', 'file_storage'],
      telemetry: { metrics: { address: address('METRICS') } },
      pipelines: {
        traces: {
          receivers: ['otlp'],
          processors: Object.keys(processors),
          exporters: Object.keys(exporters),
        },
        ...config.pipelines,
      },
      ...config.service,
    },
    ...config.top,
  });
}

/** Keys of an `otlp` or `otlp_http` exporter to a sink, with waits that suit a test and repeats without end. */
export function sinkExporter(endpoint: string, { queue = {}, ...keys }: ExporterKeys = {}): Part {
  return {
    endpoint,
    compression: 'none',
    retry_on_failure: { initial_interval: '20ms', max_interval: '100ms', max_elapsed_time: '0s' },
    sending_queue: { num_consumers: 2, ...queue },
    ...keys,
  };
}

interface ExporterKeys {
  readonly queue?: Part;
  readonly [key: string]: unknown;
}

/** The queue of an exporter whose backlog is on disk. */
export const onDisk: Part = { storage: 'file_storage' };
