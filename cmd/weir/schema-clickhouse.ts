import { Command } from 'commander';
import { CommandFailure, exitCodes } from './exit-code.ts';
import { printData } from './terminal.ts';

interface ClickHouseSchemaOptions {
  readonly cluster?: string;
  readonly distributed: boolean;
  readonly database?: string;
  readonly ttl?: string;
  readonly engine?: string;
  readonly engineParams?: string;
}

/** The engine whose copies on a cluster's replicas hold the same rows. */
const clusterEngine = 'ReplicatedMergeTree';

/** `weir schema clickhouse`: the DDL of the tables, for an operator who creates them by hand. */
export function createClickHouseSchemaCommand(): Command {
  return new Command('clickhouse')
    .summary("print the DDL of the clickhouse exporter's tables")
    .description(
      "Print the DDL of the clickhouse exporter's tables, for a server or a cluster. On a cluster rows lie in replicated tables on each shard, behind Distributed ones with the names that the exporter writes to; set create_schema: false there.",
    )
    .option('--cluster <name>', 'cluster that the statements go to (ON CLUSTER)')
    .option('--no-distributed', 'no Distributed tables: every server of the cluster has all rows')
    .option('--database <name>', 'database of the tables')
    .option('--ttl <duration>', 'drop rows older than this, such as 720h')
    .option('--engine <name>', `engine of the tables (MergeTree; on a cluster ${clusterEngine})`)
    .option('--engine-params <text>', 'its parameters, without parentheses')
    .addHelpText(
      'after',
      '\nExample:\n  $ weir schema clickhouse --cluster main | clickhouse-client -mn',
    )
    .action(async (options: ClickHouseSchemaOptions) => {
      printData(await toDdl(options));
    });
}

async function toDdl(options: ClickHouseSchemaOptions): Promise<string> {
  const [{ clickhouseSchema }, { toSchemaOptions }, { createStatements }] = await Promise.all([
    import('../../exporters/clickhouse/config.ts'),
    import('../../exporters/clickhouse/schema-options.ts'),
    import('../../exporters/clickhouse/schema-ddl.ts'),
  ]);
  const { cluster, database, distributed, ttl } = options;
  const engine = options.engine ?? (cluster === undefined ? undefined : clusterEngine);
  const parsed = clickhouseSchema.safeParse({
    ...(cluster !== undefined && { cluster_name: cluster }),
    ...(database !== undefined && { database }),
    ...(ttl !== undefined && { ttl }),
    table_engine: {
      ...(engine !== undefined && { name: engine }),
      ...(options.engineParams !== undefined && { params: options.engineParams }),
    },
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') ?? '';
    throw new CommandFailure(`${place}: ${issue?.message ?? 'is wrong'}`, exitCodes.usage);
  }
  const schema = toSchemaOptions(parsed.data);
  const isDistributed = cluster !== undefined && distributed;
  return createStatements({ ...schema, isDistributed })
    .map((statement) => `${statement};`)
    .join('\n\n');
}
