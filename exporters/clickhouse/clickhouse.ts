import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Delivery, Exporter } from '../../pipeline/component/exporter.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Payload } from '../../pipeline/component/transform.ts';
import type { ClickHouseConfig } from './config.ts';
import { openConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { createSchema, NewerSchemaError } from './create-schema.ts';
import { isSchemaError, toOutcome } from './outcome.ts';
import type { RowRoute } from './row-set.ts';
import { quoteName, tableName } from './ddl.ts';
import type { SchemaOptions } from './ddl.ts';
import { toSchemaOptions } from './schema-options.ts';
import { tableLayouts } from './tables.ts';
import type { TableKind } from './tables.ts';

/** Creates the exporter. Tables are created at start, and again where one went missing. */
export function createClickHouse(config: ClickHouseConfig, context: ComponentContext): Exporter {
  const schema = toSchemaOptions(config);
  let created: Promise<void> | undefined;
  let connection: Promise<Connection> | undefined;

  const open = async (): Promise<ClickHouseClient> => {
    connection ??= openConnection(config, context);
    return (await connection).client;
  };

  const ensureSchema = async (): Promise<void> => {
    if (!config.create_schema) return;
    created ??= open().then((client) => createSchema(client, schema));
    try {
      await created;
    } catch (error) {
      created = undefined;
      throw error;
    }
  };

  const insert = async (payload: Payload, route: RowRoute, delivery: Delivery): Promise<void> => {
    await ensureSchema();
    await insertRows(await open(), payload.body, {
      query: insertStatement(schema, route.kind),
      settings: insertSettings(config, delivery.id),
      abort: delivery.abort,
    });
  };

  return {
    start: async () => {
      await open();
      await refuseNewerSchema(ensureSchema(), context);
    },
    send: async (payload, delivery) => {
      const route = toRoute(payload.route);
      if (route === undefined) return noTable;
      try {
        await insert(payload, route, delivery);
        return delivered;
      } catch (error) {
        if (!isSchemaError(error) || !config.create_schema) return toOutcome(error);
        context.logger.warn('A table is missing or differs; creating what is missing.', {
          error: describe(toOutcome(error)),
        });
        created = undefined;
        return insert(payload, route, delivery).then(() => delivered, toOutcome);
      }
    },
    shutdown: async () => {
      const closing = connection;
      connection = undefined;
      // One that could not be opened has failed the start.
      await closing?.then((opened) => opened.close(), ignore);
    },
  };
}

function ignore(): void {
  // There is nothing to close.
}

const noTable: Outcome = {
  kind: 'rejected',
  message: 'no table takes such items',
  blames: 'request',
};

/** A server that cannot be reached is no reason not to start: the log holds what it misses. A newer schema is. */
async function refuseNewerSchema(
  creating: Promise<void>,
  context: ComponentContext,
): Promise<void> {
  try {
    await creating;
  } catch (error) {
    if (error instanceof NewerSchemaError)
      throw new Error(`exporters.${context.id}: ${error.message}`, { cause: error });
    context.logger.warn('The tables are not there yet; trying again with the first insert.', {
      error: describe(toOutcome(error)),
    });
  }
}

function describe(outcome: Outcome): string {
  return outcome.kind === 'delivered' ? '' : outcome.message;
}

/** Columns are named, so that a table with columns of its own (Grafana's, an operator's) still takes the rows. */
function insertStatement(schema: SchemaOptions, kind: TableKind): string {
  const columns = tableLayouts[kind].columns.map(({ name }) => quoteName(name)).join(', ');
  return `INSERT INTO ${tableName(schema, schema.tables[kind])} (${columns}) FORMAT RowBinary`;
}

function insertSettings(config: ClickHouseConfig, id: string): ClickHouseSettings {
  return {
    ...config.connection_params,
    async_insert: config.async_insert ? 1 : 0,
    wait_for_async_insert: 1,
    insert_deduplication_token: id,
    // A repeated insert must not count twice in what is derived from the rows either.
    deduplicate_blocks_in_dependent_materialized_views: 1,
  };
}

async function insertRows(
  client: ClickHouseClient,
  rows: Uint8Array,
  request: {
    readonly query: string;
    readonly settings: ClickHouseSettings;
    readonly abort: AbortSignal;
  },
): Promise<void> {
  const { stream } = await client.exec({
    query: request.query,
    values: Readable.from([rows], { objectMode: false }),
    clickhouse_settings: request.settings,
    abort_signal: request.abort,
  });
  // The answer is empty; it has to be read to its end before the socket is free.
  stream.resume();
  await finished(stream);
}

function toRoute(route: unknown): RowRoute | undefined {
  const isRoute = typeof route === 'object' && route !== null && 'kind' in route && 'day' in route;
  // Sound because routes are made by this exporter's encoder only.
  return isRoute ? (route as RowRoute) : undefined;
}
