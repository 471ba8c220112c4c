import type { TableKind } from './tables.ts';

/** What the statements that create the tables depend on. */
export interface SchemaOptions {
  readonly database: string;
  /** Table name by kind. */
  readonly tables: Readonly<Record<TableKind, string>>;
  /** Rows older than this are dropped by the server; 0 keeps them. */
  readonly ttlMs: number;
  /** Name of the cluster that all statements go to; undefined for a single server. */
  readonly cluster: string | undefined;
  /** Whether rows lie in local tables (`…_local`) behind Distributed ones that have the names; needs a cluster. */
  readonly isDistributed: boolean;
  readonly engine: { readonly name: string; readonly params: string };
}

/** How many recent inserts a table remembers by their token: an insert that is repeated after a lost answer adds no rows. */
const rememberedInserts = 1000;

export const rememberInserts = `non_replicated_deduplication_window = ${rememberedInserts}`;

/** The settings of tables of rows. */
export const tableSettings = `SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, ${rememberInserts}`;

/** `database`.`table`. */
export function tableName({ database }: Pick<SchemaOptions, 'database'>, table: string): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}

/** The table that holds the rows of `table` on each server. */
export function localName({ isDistributed }: SchemaOptions, table: string): string {
  return isDistributed ? `${table}_local` : table;
}

/** A name in backticks. Names are checked by the config's schema; quoting keeps ones that are keywords working. */
export function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

/** The clause that sends a statement to all servers of the cluster, '' without one. */
export function onCluster({ cluster }: SchemaOptions): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quoteName(cluster)}`;
}

/** The engine of tables of rows. */
export function engine({ engine: { name, params } }: SchemaOptions): string {
  return `${name}(${params})`;
}

/** The clause that drops rows of old times, '' where they are kept. */
export function ttl({ ttlMs }: SchemaOptions, time: string): string {
  if (ttlMs === 0) return '';
  return `\nTTL toDateTime(${time}) + toIntervalSecond(${Math.ceil(ttlMs / 1000)})`;
}
