import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';
import { secret } from '../../pipeline/config/secret.ts';
import { clientTls } from '../../pipeline/config/tls.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';

const tableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  message: 'must be letters, digits and underscores, and not start with a digit',
});

const endpoint = z.string().superRefine((text, context) => {
  if (/^https?:\/\/[^/?#]/.test(text) && URL.canParse(text)) return;
  const native = /^(tcp|clickhouse):\/\//.test(text);
  context.addIssue({
    code: 'custom',
    message: native
      ? "speaks ClickHouse's native protocol; use its HTTP interface, such as http://host:8123 or https://host:8443"
      : 'must be a URL such as http://host:8123 or https://host:8443',
  });
});

function metricsTable(defaultName: string) {
  return z
    .strictObject({
      name: tableName.default(defaultName).meta({ description: 'Name of the table.' }),
    })
    .prefault({})
    .meta({ description: 'Table of this kind of metric.' });
}

const metricsTables = z
  .strictObject({
    gauge: metricsTable('otel_metrics_gauge'),
    sum: metricsTable('otel_metrics_sum'),
    histogram: metricsTable('otel_metrics_histogram'),
    exponential_histogram: metricsTable('otel_metrics_exponential_histogram'),
    summary: metricsTable('otel_metrics_summary'),
  })
  .prefault({})
  .meta({ description: 'Tables of the metrics, by their kind.' });

const tableEngine = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z]*MergeTree$/, { message: 'must be an engine of the MergeTree family' })
      .default('MergeTree')
      .meta({ description: 'Engine of the tables.' }),
    params: z.string().default('').meta({ description: 'Its parameters, without parentheses.' }),
  })
  .prefault({})
  .meta({ description: 'Engine of the tables that are created.' });

/** The YAML keys of the exporter: the Collector's clickhouse exporter's. */
export const clickhouseSchema = z.strictObject({
  endpoint: endpoint.optional().meta({
    description:
      "URL of ClickHouse's HTTP interface; the embedded store (extension chdb) where absent.",
  }),
  username: z.string().default('default').meta({ description: 'User of the server.' }),
  password: secret('Password of the user.').default(''),
  database: tableName.default('default').meta({ description: 'Database of the tables.' }),
  logs_table_name: tableName.default('otel_logs').meta({ description: 'Table of log records.' }),
  traces_table_name: tableName.default('otel_traces').meta({ description: 'Table of spans.' }),
  metrics_tables: metricsTables,
  create_schema: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether missing tables are created; otherwise they must exist.' }),
  ttl: durationOr('0').meta({
    description:
      'Rows older than this are dropped by the server, set when a table is created; 0 keeps them.',
  }),
  cluster_name: tableName
    .optional()
    .meta({ description: 'Cluster on which the tables are created (ON CLUSTER).' }),
  table_engine: tableEngine,
  compress: z.enum(['gzip', 'lz4', 'none']).default('gzip').meta({
    description:
      "Compression of rows sent to a server; over HTTP lz4 means gzip. The embedded store's loopback needs none.",
  }),
  async_insert: z.boolean().default(false).meta({
    description: 'Whether the server may gather inserts; it then answers once they are stored.',
  }),
  connection_params: z
    .record(z.string().regex(/^\w+$/), z.string())
    .default({})
    .meta({ description: 'ClickHouse settings that go with every insert.' }),
  tls: clientTls.prefault({}).meta({ description: 'TLS to an https:// endpoint.' }),
  ...deliveryKeys({ timeout: '30s' }),
});

/** The parsed YAML of the exporter. */
export type ClickHouseConfig = z.output<typeof clickhouseSchema>;
