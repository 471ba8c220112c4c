import { engine, localName, onCluster, quoteName, tableName, tableSettings, ttl } from './ddl.ts';
import type { SchemaOptions } from './ddl.ts';
import {
  createDailyCost,
  createMessagesView,
  createTraceIndex,
  derivedNames,
} from './derived-ddl.ts';
import { tableKinds, tableLayouts } from './tables.ts';
import type { TableKind, TableLayout } from './tables.ts';

/**
 * The version that this build writes. A higher one in the database is refused, because its rows may mean something that
 * this build does not know; a lower one is brought up by additive statements only.
 */
export const schemaVersion = 1;

/**
 * Statements that create what is missing, in order: the database, the version's table, then the tables, and what is
 * derived from them. All may run again; columns are added to tables that exist, so that those of a Collector can be taken
 * over.
 */
export function createStatements(options: SchemaOptions): string[] {
  return [
    createDatabase(options),
    createVersionTable(options),
    ...tableKinds.flatMap((kind) => [
      createTable(options, kind),
      addColumns(options, kind),
      ...(kind === 'traces' ? [...createTraceIndex(options), ...createDailyCost(options)] : []),
    ]),
    ...createDistributedTables(options),
    ...createMessagesView(options),
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

function createDatabase(options: SchemaOptions): string {
  return `CREATE DATABASE IF NOT EXISTS ${quoteName(options.database)}${onCluster(options)}`;
}

function createVersionTable(options: SchemaOptions): string {
  return `CREATE TABLE IF NOT EXISTS ${tableName(options, 'schema_version')}${onCluster(options)} (
  \`version\` UInt32,
  \`created\` DateTime DEFAULT now()
) ENGINE = ${engine(options)} ORDER BY version`;
}

function createTable(options: SchemaOptions, kind: TableKind): string {
  const layout: TableLayout = tableLayouts[kind];
  const table = tableName(options, localName(options, options.tables[kind]));
  const columns = layout.columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
  return `CREATE TABLE IF NOT EXISTS ${table}${onCluster(options)} (
  ${[...columns, ...layout.computed].join(',\n  ')}
) ENGINE = ${engine(options)}
PARTITION BY toDate(${layout.time})
PRIMARY KEY ${layout.primaryKey}
ORDER BY ${layout.orderBy}${ttl(options, layout.time)}
${tableSettings}`;
}

function addColumns(options: SchemaOptions, kind: TableKind): string {
  const table = tableName(options, localName(options, options.tables[kind]));
  const additions = tableLayouts[kind].columns.map(
    ({ name, type }) => `ADD COLUMN IF NOT EXISTS ${quoteName(name)} ${type}`,
  );
  return `ALTER TABLE ${table}${onCluster(options)}\n  ${additions.join(',\n  ')}`;
}

/** Tables with the plain names that spread rows over the shards; a trace stays on one, and so do a metric's points. */
function createDistributedTables(options: SchemaOptions): string[] {
  const { cluster, database, isDistributed, tables } = options;
  if (!isDistributed || cluster === undefined) return [];
  const { traceIndex, dailyCost } = derivedNames(options);
  const ofMetrics = tableKinds.filter((kind) => kind !== 'traces' && kind !== 'logs');
  const shardedBy: readonly (readonly [string, string])[] = [
    [tables.traces, 'TraceId'],
    [traceIndex, 'TraceId'],
    [dailyCost, 'ServiceName'],
    [tables.logs, 'TraceId'],
    ...ofMetrics.map((kind) => [tables[kind], 'MetricName'] as const),
  ];
  return shardedBy.map(([table, column]) => {
    const local = localName(options, table);
    const target = [cluster, database, local].map((name) => `'${name}'`).join(', ');
    return `CREATE TABLE IF NOT EXISTS ${tableName(options, table)}${onCluster(options)} AS ${tableName(options, local)}
ENGINE = Distributed(${target}, cityHash64(${column}))`;
  });
}
