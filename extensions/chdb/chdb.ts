import type { z } from 'zod';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Extension } from '../../pipeline/component/extension.ts';
import { isChdbAvailable } from './availability.ts';
import { BridgeStartError, startBridge } from './bridge.ts';
import type { Bridge, BridgeSettings } from './bridge.ts';
import type { chdbSchema } from './config.ts';
import { connectionOffer, storeDirectory } from './connection.ts';
import type { ChdbConnection } from './connection.ts';
import { parseLoopbackEndpoint } from './loopback-endpoint.ts';
import type { BridgeReport } from './messages.ts';
import { createSupervisor } from './supervisor.ts';

/** The parsed YAML of the extension. */
export type ChdbConfig = z.output<typeof chdbSchema>;

/** Creates the extension: a supervised child process that serves an embedded ClickHouse on loopback. */
export function createChdb(config: ChdbConfig, context: ComponentContext): Extension {
  const settings = toSettings(config, context.dataDir);
  const offers: Record<string, ChdbConnection> = {};
  const supervisor = createSupervisor({
    clock: context.clock,
    logger: context.logger,
    onRestart: () => {
      context.meter.count('weir_extension_chdb_restarts_total');
    },
    open: async (previous) => {
      const port = previous === undefined ? settings.port : portOf(previous);
      const bridge = await startBridge({ ...settings, port }, (report) => {
        record(report, context);
      });
      offers[connectionOffer] = bridge.connection;
      return bridge;
    },
  });
  return {
    offers,
    start: async () => {
      const availability = isChdbAvailable();
      if (!availability.available) throw new Error(`${context.id}: ${availability.reason}`);
      const bridge = await supervisor.start().catch((error: unknown) => {
        throw explain(error, config, context);
      });
      context.logger.info('The embedded ClickHouse is open.', {
        url: bridge.connection.url,
        version: bridge.version,
        pid: bridge.pid,
      });
    },
    shutdown: () => supervisor.stop(),
  };
}

function toSettings(config: ChdbConfig, dataDir: string): BridgeSettings {
  const endpoint = parseLoopbackEndpoint(config.endpoint);
  if (endpoint === undefined) throw new Error(`endpoint ${config.endpoint} is not on loopback`);
  return {
    dataDir,
    ...endpoint,
    memoryLimitBytes: config.memory_limit,
    maxQueryMs: config.max_query_time,
    retentionMs: config.retention,
    maxDiskBytes: config.max_disk,
    upkeepMs: config.upkeep_interval,
  };
}

function portOf(bridge: Bridge): number {
  return Number(new URL(bridge.connection.url).port);
}

/** Turns a failed start into what the user can do about it, with the key that stands in the way. */
function explain(error: unknown, config: ChdbConfig, context: ComponentContext): Error {
  if (!(error instanceof BridgeStartError)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const directory = storeDirectory(context.dataDir);
  switch (error.failure) {
    case 'port_taken':
      return new Error(
        `extensions.${context.id}.endpoint: ${config.endpoint} is in use; stop what listens there or set another port`,
      );
    case 'locked':
      return new Error(
        `extensions.${context.id}: another process has ${directory} open; is a second weir running on this data directory? Set service.data_dir to another one`,
      );
    case 'engine':
      return new Error(
        `extensions.${context.id}: the embedded ClickHouse did not open ${directory}: ${error.message}`,
      );
  }
}

function record(report: BridgeReport, { meter, logger }: ComponentContext): void {
  for (const [outcome, count] of Object.entries(report.queries)) {
    meter.count('weir_extension_chdb_queries_total', { outcome }, count);
  }
  meter.gauge('weir_extension_chdb_disk_bytes', report.diskBytes);
  if (report.upkeepFailures > 0) {
    meter.count('weir_extension_chdb_upkeep_failures_total', {}, report.upkeepFailures);
  }
  for (const [cause, count] of Object.entries(report.dropped)) {
    meter.count('weir_extension_chdb_dropped_partitions_total', { cause }, count);
    // What grew too old was to go; what did not fit might have been wanted.
    const level = cause === 'retention' ? 'info' : 'warn';
    logger[level]('Dropped the oldest data of the embedded ClickHouse.', {
      cause,
      partitions: count,
    });
  }
}
