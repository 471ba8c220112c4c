import { z } from 'zod';
import { byteSize, byteSizeOr } from './byte-size.ts';
import { durationOr } from './duration.ts';

/** Levels of zap, which the Collector's files use in both cases; ours are four. */
const logLevels = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  dpanic: 'error',
  panic: 'error',
  fatal: 'error',
} as const;

const level = z
  .preprocess(
    (value) => (typeof value === 'string' ? value.toLowerCase() : value),
    z.enum(['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal']),
  )
  .transform((name) => logLevels[name])
  .prefault('info')
  .meta({ description: 'Lowest level that is logged.' });

function accepted<Schema extends z.ZodType>(schema: Schema): z.ZodOptional<Schema> {
  return schema.optional().meta({ description: 'Accepted as in the Collector; has no effect.' });
}

const logs = z
  .strictObject({
    level,
    encoding: z.enum(['auto', 'console', 'json']).default('auto').meta({
      description: 'Form of the log; auto is console on a terminal and json elsewhere.',
    }),
    development: accepted(z.boolean()),
    disable_caller: accepted(z.boolean()),
    disable_stacktrace: accepted(z.boolean()),
    sampling: accepted(z.looseObject({})),
    output_paths: accepted(z.array(z.string())),
    error_output_paths: accepted(z.array(z.string())),
    initial_fields: accepted(z.record(z.string(), z.unknown())),
    processors: accepted(z.array(z.unknown())),
  })
  .prefault({})
  .meta({ description: "Weir's own log, on standard error." });

const hostAndPort = z
  .string()
  .regex(/^.*:\d{1,5}$/, { message: 'must be host:port, such as 127.0.0.1:8888' });

const reader = z.looseObject({
  pull: z
    .looseObject({
      exporter: z.looseObject({
        prometheus: z
          .looseObject({
            host: z.string().default('127.0.0.1').meta({ description: 'Address to listen on.' }),
            port: z
              .int()
              .min(0)
              .max(65535)
              .default(8888)
              .meta({ description: 'Port to listen on.' }),
          })
          .optional()
          .meta({ description: 'Serves /metrics.' }),
      }),
    })
    .optional()
    .meta({ description: 'Metrics that are fetched.' }),
});

const metrics = z
  .strictObject({
    level: z.enum(['none', 'basic', 'normal', 'detailed']).default('normal').meta({
      description: 'none turns /metrics off; the other levels are the same here.',
    }),
    endpoint: hostAndPort.optional().meta({
      description: 'host:port that serves /metrics; 127.0.0.1:8888 where not given.',
    }),
    address: hostAndPort
      .optional()
      .meta({ description: "The Collector's older name of endpoint." }),
    readers: z.array(reader).optional().meta({
      description: "The Collector's form: the first prometheus pull exporter's host and port.",
    }),
    views: accepted(z.array(z.unknown())),
    collector_names: z.boolean().default(false).meta({
      description: "Serve the ledger under the Collector's otelcol_* names too.",
    }),
  })
  .prefault({})
  .meta({ description: "Weir's own metrics." });

const ids = z.array(z.string());

const pipeline = z
  .strictObject({
    receivers: ids.default([]).meta({ description: 'Ids of receivers, or of connectors.' }),
    processors: ids.default([]).meta({ description: 'Ids of processors, in order.' }),
    exporters: ids.default([]).meta({ description: 'Ids of exporters, or of connectors.' }),
  })
  .meta({ description: 'One path of data.' });

/** The top-level key `service`. */
export const serviceSchema = z
  .strictObject({
    extensions: ids.default([]).meta({ description: 'Ids of extensions, in the order of start.' }),
    pipelines: z
      .record(z.string(), pipeline)
      .default({})
      .meta({ description: 'Pipelines by id: traces, logs or metrics, with /name where several.' }),
    data_dir: z.string().min(1).default('./weir-data').meta({
      description: 'Where Weir keeps data; WEIR_DATA_DIR and --data-dir go before it.',
    }),
    workers: z.int().min(0).max(256).optional().meta({
      description:
        'Worker threads; 0 works on the main thread. One less than the CPUs if not given.',
    }),
    shutdown_timeout: durationOr('30s').meta({
      description: 'How long a shutdown may take to deliver what is held in memory.',
    }),
    telemetry: z
      .strictObject({
        logs,
        metrics,
        traces: accepted(z.looseObject({})),
        resource: accepted(z.record(z.string(), z.unknown())),
      })
      .prefault({})
      .meta({ description: "Weir's own logs and metrics." }),
  })
  .meta({ description: 'What runs, and how.' });

function limit(count: number, description: string): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).default(count).meta({ description });
}

/** The top-level key `budgets`. */
export const budgetsSchema = z
  .strictObject({
    ingress: byteSize().optional().meta({
      description:
        'Bytes of requests that are not yet in a log; above it calls wait. Derived from the memory at hand if not given.',
    }),
    item: z
      .strictObject({
        attributes: limit(4096, 'Attributes of a span or log record; what is more is dropped.'),
        events: limit(4096, 'Events of a span.'),
        links: limit(4096, 'Links of a span.'),
        value: byteSizeOr('16MiB').meta({
          description:
            'Bytes of an attribute or log body. Longer texts are cut, larger values of other kinds dropped.',
        }),
      })
      .prefault({})
      .meta({ description: 'What one span or log record may hold.' }),
  })
  .meta({ description: 'What all components share.' });

/** The top-level key `tests`: configuration tests, read by `weir test`. */
export const testsSchema = z
  .array(z.looseObject({}))
  .meta({ description: 'Tests of this configuration.' });

export type ServiceSettings = z.output<typeof serviceSchema>;
export type BudgetSettings = z.output<typeof budgetsSchema>;
