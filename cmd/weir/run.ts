import { fileURLToPath } from 'node:url';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { Logger } from '../../pipeline/component/context.ts';
import type { Config } from '../../pipeline/config/config.ts';
import type { Diagnostic } from '../../pipeline/config/diagnostic.ts';
import { buildEngine } from '../../pipeline/graph/engine.ts';
import type { Engine } from '../../pipeline/graph/engine.ts';
import { ingressBytesOf } from '../../pipeline/graph/memory-budget.ts';
import { messageOf } from '../../pipeline/graph/lifecycles.ts';
import type { Services } from '../../pipeline/graph/services.ts';
import { readMachine } from '../../pipeline/stage/machine.ts';
import { renderCollectorNames } from '../../pipeline/telemetry/collector-names.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';
import { openLogger } from '../../pipeline/telemetry/logger.ts';
import { startMetricsServer } from '../../pipeline/telemetry/metrics-server.ts';
import type { MetricsServer, MetricsSource } from '../../pipeline/telemetry/metrics-server.ts';
import { createOwnMetrics } from '../../pipeline/telemetry/own-metrics.ts';
import type { OwnMetrics } from '../../pipeline/telemetry/own-metrics.ts';
import { describeDaemon } from './banner.ts';
import { registry } from './components.ts';
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
  /** Calls the listener once, when the process is asked to stop. */
  readonly onShutdown: (listener: () => void) => void;
}

/**
 * Runs the daemon until it is asked to stop, and resolves with its exit code: 0 after a clean shutdown, 1 where it could
 * not start.
 */
export async function runDaemon(config: Config, options: DaemonOptions): Promise<ExitCode> {
  const stopAsked = new Promise<void>((resolve) => {
    options.onShutdown(resolve);
  });
  const logger = await openLogger({
    logs: config.telemetry.logs,
    clock: systemClock,
    output: process.stderr,
    color: wantsColour(process.stderr, process.env),
  });
  for (const { message, path } of options.warnings) logger.warn(message, { key: path });
  const services = createServices(config, logger);
  let running: Running;
  try {
    running = await start(config, services);
  } catch (error) {
    logger.error(messageOf(error));
    return exitCodes.failed;
  }
  announce(running.engine, config, { ...options, logger });
  await stopAsked;
  logger.info('shutting down', { budget_ms: config.engine.shutdownMs });
  await running.engine.stop(config.engine.shutdownMs);
  await running.metricsServer?.close();
  logger.info('stopped');
  return exitCodes.ok;
}

interface Running {
  readonly engine: Engine;
  readonly metricsServer: MetricsServer | undefined;
}

function createServices(config: Config, logger: Logger): Services {
  const metrics = createOwnMetrics({ ofProcess: config.telemetry.metrics.enabled });
  const ingressBudget = createByteBudget(ingressBytesOf(config, registry, readMachine()));
  metrics.watch('weir_reserved_bytes', () => [{ labels: {}, value: ingressBudget.reserved }]);
  return {
    registry,
    parts: workerParts,
    workerEntry: fileURLToPath(new URL('./worker.js', import.meta.url)),
    logger,
    metrics,
    clock: systemClock,
    ingressBudget,
    offers: new Map(),
  };
}

/** `/metrics` comes up first, so that a start that hangs can be looked into. */
async function start(config: Config, services: Services): Promise<Running> {
  const engine = await buildEngine(config, services);
  const { enabled, endpoint, collectorNames } = config.telemetry.metrics;
  const source = collectorNames ? withCollectorNames(services.metrics) : services.metrics;
  const metricsServer = enabled ? await startMetricsServer(endpoint, source) : undefined;
  try {
    await engine.start();
  } catch (error) {
    await metricsServer?.close();
    throw error;
  }
  return { engine, metricsServer };
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
