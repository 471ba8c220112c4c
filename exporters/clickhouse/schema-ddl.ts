import { tableKinds, tableLayouts } from './tables.ts';
import type { TableKind, TableLayout } from './tables.ts';

/** What the statements that create the tables depend on. */
export interface SchemaOptions {
  readonly database: string;
  /** Table name by kind. */
  readonly tables: Readonly<Record<TableKind, string>>;
  /** Rows older than this are dropped by the server; 0 keeps them. */
  readonly ttlMs: number;
  /** Name of the cluster that all statements go to; undefined for a single server. */
  readonly cluster: string | undefined;
  readonly engine: { readonly name: string; readonly params: string };
}

/**
 * The version that this build writes. A higher one in the database is refused, because its rows may mean something that
 * this build does not know; a lower one is brought up by additive statements only.
 */
export const schemaVersion = 1;

/** How many recent inserts a table remembers by their token: an insert that is repeated after a lost answer adds no rows. */
const rememberedInserts = 1000;

/**
 * Statements that create what is missing, in order: the database, the version's table, then the tables. All may run again;
 * columns are added to tables that exist, so that those of a Collector can be taken over.
 */
export function createStatements(options: SchemaOptions): string[] {
  return [
    createDatabase(options),
    createVersionTable(options),
    ...tableKinds.flatMap((kind) => [
      createTable(options, options.tables[kind], tableLayouts[kind]),
      addColumns(options, options.tables[kind], tableLayouts[kind]),
      ...(kind === 'traces' ? createTraceIndex(options) : []),
    ]),
  ];
}

/** Reads the version that the database has; 0 where nothing was ever created. */
export function readVersionStatement(options: SchemaOptions): string {
  return `SELECT max(version) AS version FROM ${tableName(options, 'schema_version')}`;
}

/** Notes that the database has this build's version. */
export function writeVersionStatement(options: SchemaOptions): string {
  return `INSERT INTO ${tableName(options, 'schema_version')} (version) VALUES (${schemaVersion})`;
}

/** `database`.`table`. */
export function tableName({ database }: Pick<SchemaOptions, 'database'>, table: string): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}

/** A name in backticks. Names are checked by the config's schema; quoting keeps ones that are keywords working. */
export function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

function createDatabase(options: SchemaOptions): string {
  return `CREATE DATABASE IF NOT EXISTS ${quoteName(options.database)}${onCluster(options)}`;
}

function createVersionTable(options: SchemaOptions): string {
  return `CREATE TABLE IF NOT EXISTS ${tableName(options, 'schema_version')}${onCluster(options)} (
  \`version\` UInt32,
  \`created\` DateTime DEFAULT now()
) ENGINE = ${engine(options)} ORDER BY version`;
}

function createTable(options: SchemaOptions, table: string, layout: TableLayout): string {
  const columns = layout.columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
  return `CREATE TABLE IF NOT EXISTS ${tableName(options, table)}${onCluster(options)} (
  ${[...columns, ...layout.computed].join(',\n  ')}
) ENGINE = ${engine(options)}
PARTITION BY toDate(${layout.time})
PRIMARY KEY ${layout.primaryKey}
ORDER BY ${layout.orderBy}${ttl(options, layout.time)}
${settings()}`;
}

function addColumns(options: SchemaOptions, table: string, layout: TableLayout): string {
  const additions = layout.columns.map(
    ({ name, type }) => `ADD COLUMN IF NOT EXISTS ${quoteName(name)} ${type}`,
  );
  return `ALTER TABLE ${tableName(options, table)}${onCluster(options)}\n  ${additions.join(',\n  ')}`;
}

/** When each trace was, so that a look-up by trace id reads only the days of that trace. */
function createTraceIndex(options: SchemaOptions): string[] {
  const traces = options.tables.traces;
  const index = tableName(options, `${traces}_trace_id_ts`);
  const view = tableName(options, `${traces}_trace_id_ts_mv`);
  return [
    `CREATE TABLE IF NOT EXISTS ${index}${onCluster(options)} (
  \`TraceId\` String CODEC(ZSTD(1)),
  \`Start\` DateTime CODEC(Delta(4), ZSTD(1)),
  \`End\` DateTime CODEC(Delta(4), ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ${engine(options)}
PARTITION BY toDate(Start)
ORDER BY (TraceId, Start)${ttl(options, 'Start')}
${settings()}`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view}${onCluster(options)} TO ${index} AS
SELECT TraceId, toDateTime(min(Timestamp)) AS Start, toDateTime(max(Timestamp)) AS End
FROM ${tableName(options, traces)} WHERE TraceId != '' GROUP BY TraceId`,
  ];
}

function onCluster({ cluster }: SchemaOptions): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quoteName(cluster)}`;
}

function engine({ engine: { name, params } }: SchemaOptions): string {
  return `${name}(${params})`;
}

function ttl({ ttlMs }: SchemaOptions, time: string): string {
  if (ttlMs === 0) return '';
  return `\nTTL toDateTime(${time}) + toIntervalSecond(${Math.ceil(ttlMs / 1000)})`;
}

function settings(): string {
  return `SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = ${rememberedInserts}`;
}
