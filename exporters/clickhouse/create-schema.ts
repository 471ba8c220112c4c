import type { ClickHouseClient } from '@clickhouse/client';
import {
  createStatements,
  readVersionStatement,
  schemaVersion,
  writeVersionStatement,
} from './schema-ddl.ts';
import type { SchemaOptions } from './ddl.ts';

/** The database holds tables of a newer Weir. Writing to them could store rows that mean something else there. */
export class NewerSchemaError extends Error {
  constructor(database: string, version: number) {
    super(
      `database ${database} has schema version ${version}, and this build of Weir knows ${schemaVersion}: upgrade Weir, or set another database`,
    );
    this.name = 'NewerSchemaError';
  }
}

/**
 * Creates what is missing of the schema. May run again and by several processes at once.
 * @throws NewerSchemaError, and what the client throws.
 */
export async function createSchema(
  client: ClickHouseClient,
  options: SchemaOptions,
): Promise<void> {
  const [createDatabase = '', createVersions = '', ...createTables] = createStatements(options);
  await client.command({ query: createDatabase });
  await client.command({ query: createVersions });
  const version = await readVersion(client, options);
  if (version > schemaVersion) throw new NewerSchemaError(options.database, version);
  for (const query of createTables) await client.command({ query });
  if (version < schemaVersion) await client.command({ query: writeVersionStatement(options) });
}

async function readVersion(client: ClickHouseClient, options: SchemaOptions): Promise<number> {
  const answer = await client.query({
    query: readVersionStatement(options),
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ version: number }>();
  return row?.version ?? 0;
}
