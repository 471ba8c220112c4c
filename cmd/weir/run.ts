import { fileURLToPath } from 'node:url';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import { createOpenShare } from '../../pipeline/admission/resident-memory.ts';
import type { Logger } from '../../pipeline/component/context.ts';
import type { Config } from '../../pipeline/config/config.ts';
import type { Diagnostic } from '../../pipeline/config/diagnostic.ts';
import type { LoadResult } from '../../pipeline/config/load.ts';
import { watchFiles } from '../../pipeline/config/watch-files.ts';
import { buildEngine } from '../../pipeline/graph/engine.ts';
import type { Engine } from '../../pipeline/graph/engine.ts';
import { type MemoryBudget, memoryBudgetOfConfig } from '../../pipeline/graph/memory-budget.ts';
import { messageOf } from '../../pipeline/graph/lifecycles.ts';
import { createReloader, reloaderOffer } from '../../pipeline/graph/reloader.ts';
import type { Services } from '../../pipeline/graph/services.ts';
import { StorageError } from '../../pipeline/log/storage-error.ts';
import { readMachine } from '../../pipeline/stage/machine.ts';
import { renderCollectorNames } from '../../pipeline/telemetry/collector-names.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';
import { openLogger } from '../../pipeline/telemetry/logger.ts';
import { createMetricsPages, metricsPagesOffer } from '../../pipeline/telemetry/metrics-page.ts';
import { startMetricsServer } from '../../pipeline/telemetry/metrics-server.ts';
import type { MetricsServer, MetricsSource } from '../../pipeline/telemetry/metrics-server.ts';
import { createOwnMetrics } from '../../pipeline/telemetry/own-metrics.ts';
import type { OwnMetrics } from '../../pipeline/telemetry/own-metrics.ts';
import { describeDaemon } from './banner.ts';
import { exitCodes } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { tell, wantsColour } from './terminal.ts';
import { readVersion } from './version.ts';
import { workerParts } from './worker-parts.ts';

/** What `runDaemon` needs besides the configuration. */
export interface DaemonOptions {
  /** Findings of the configuration that do not keep it from running. */
  readonly warnings: readonly Diagnostic[];
  /** Where the configuration came from, for the start-up lines. */
  readonly configSources: readonly string[];
  /** Whether no configuration was given. */
  readonly builtIn: boolean;
  /** Files whose change reloads, by absolute path; none where they are not to be watched. */
  readonly watchedFiles: readonly string[];
  /** Loads the configuration anew, for a reload. */
  readonly load: () => Promise<LoadResult>;
  /** Called once everything has started, with what the process may take of memory. */
  readonly onReady: (residentBytes: number) => void;
  /** Calls the listener once, when the process is asked to stop. */
  readonly onShutdown: (listener: () => void) => void;
  /** Calls the listener whenever the process is asked to reload. */
  readonly onReload: (listener: () => void) => void;
}

/**
 * Runs the daemon until it is asked to stop, and resolves with its exit code: 0 after a clean shutdown, also in the midst
 * of its start; 1 where it could not start, or 78 where that is the fault of what the configuration names.
 */
export async function runDaemon(config: Config, options: DaemonOptions): Promise<ExitCode> {
  let isStopAsked = false;
  const stopAsked = new Promise<void>((resolve) => {
    options.onShutdown(() => {
      isStopAsked = true;
      resolve();
    });
  });
  const logger = await openLogger({
    logs: config.telemetry.logs,
    clock: systemClock,
    output: process.stderr,
    color: wantsColour(process.stderr, process.env),
  });
  for (const { message, path } of options.warnings) logger.warn(message, { key: path });
  const budget = memoryBudgetOfConfig(config, readMachine());
  const services = createServices(config, budget, logger);
  let metricsServer: MetricsServer | undefined;
  try {
    const engine = await buildEngine(config, services);
    const stopped = stopAsked.then(() => stopEngine(engine, logger));
    const endReloads = offerReloads(engine, services, options);
    // `/metrics` comes up first, so that a start that hangs can be looked into.
    metricsServer = await serveMetrics(config, services);
    const start = engine.start().then(
      () => {
        announce(engine, config, { ...options, logger });
        options.onReady(budget.resident.hardBytes);
      },
      (error: unknown) => {
        // A start that was cut short by a shutdown has not failed.
        if (!isStopAsked) throw error;
      },
    );
    await Promise.race([start, stopped]);
    await stopped;
    endReloads();
  } catch (error) {
    logger.error(messageOf(error));
    return exitCodeOf(error);
  } finally {
    await metricsServer?.close();
  }
  logger.info('stopped');
  return exitCodes.ok;
}

async function stopEngine(engine: Engine, logger: Logger): Promise<void> {
  const budgetMs = engine.config.engine.shutdownMs;
  logger.info('shutting down', { budget_ms: budgetMs });
  await engine.stop(budgetMs);
}

/** A directory that cannot be used is a wrong configuration; one that is in use is not. */
function exitCodeOf(error: unknown): ExitCode {
  const isConfigured = error instanceof StorageError && error.problem !== 'in_use';
  return isConfigured ? exitCodes.invalidConfig : exitCodes.failed;
}

/** Reloads on SIGHUP, on a changed file, and for extensions that ask, until the returned function is called. */
function offerReloads(engine: Engine, services: Services, options: DaemonOptions): () => void {
  const { metrics, clock, logger, offers } = services;
  const reloader = createReloader({
    load: options.load,
    swap: (config) => engine.reload(config),
    current: () => engine.config,
    metrics,
    clock,
    logger,
  });
  offers.set(reloaderOffer, reloader);
  options.onReload(() => void reloader.reload('signal'));
  if (options.watchedFiles.length === 0) return () => undefined;
  const onChange = (): void => void reloader.reload('file');
  return watchFiles({ files: options.watchedFiles, onChange, logger });
}

function createServices(
  config: Config,
  { ingressBytes, resident }: MemoryBudget,
  logger: Logger,
): Services {
  const metrics = createOwnMetrics({ ofProcess: config.telemetry.metrics.enabled });
  const narrowed = { reason: 'resident_memory' };
  const ingressBudget = createByteBudget(ingressBytes, {
    openShare: createOpenShare(resident),
    onNarrowed: () => {
      metrics.count('weir_ingress_narrowed_total', narrowed, 1);
    },
  });
  metrics.watch('weir_reserved_bytes', () => [{ labels: {}, value: ingressBudget.reserved }]);
  return {
    parts: workerParts,
    workerEntry: fileURLToPath(new URL('./worker.js', import.meta.url)),
    logger,
    metrics,
    clock: systemClock,
    ingressBudget,
    offers: new Map(),
  };
}

/** Offers the pages that components may add to, and serves Weir's own where it has one. */
async function serveMetrics(
  config: Config,
  { metrics, offers }: Services,
): Promise<MetricsServer | undefined> {
  const { enabled, endpoint, collectorNames } = config.telemetry.metrics;
  const source = collectorNames ? withCollectorNames(metrics) : metrics;
  const pages = createMetricsPages(enabled ? source : undefined);
  offers.set(metricsPagesOffer, pages);
  return pages.own === undefined ? undefined : startMetricsServer(endpoint, pages.own);
}

function withCollectorNames(metrics: OwnMetrics): MetricsSource {
  return {
    contentType: metrics.contentType,
    render: async () => (await metrics.render()) + (await renderCollectorNames(metrics)),
  };
}

function announce(
  engine: Engine,
  config: Config,
  options: DaemonOptions & { readonly logger: Logger },
): void {
  options.logger.info('ready', {
    version: readVersion(),
    config: options.configSources.join(', '),
    workers: engine.threads,
    data_dir: config.dataDir,
  });
  if (process.stderr.isTTY) tell(describeDaemon(config, engine, options.builtIn));
}
