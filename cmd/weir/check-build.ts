import { fileURLToPath } from 'node:url';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { Config } from '../../pipeline/config/config.ts';
import { checkGraph } from '../../pipeline/graph/check.ts';
import { messageOf } from '../../pipeline/graph/lifecycles.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';
import { createOwnMetrics } from '../../pipeline/telemetry/own-metrics.ts';
import { silentLogger } from '../../pipeline/telemetry/silent-logger.ts';
import { workerParts } from './worker-parts.ts';

/** Builds what the configuration describes without starting it, and says why it cannot be built; undefined where it can. */
export async function checkBuild(config: Config): Promise<string | undefined> {
  try {
    await checkGraph(config, {
      parts: workerParts,
      workerEntry: fileURLToPath(new URL('./worker.js', import.meta.url)),
      logger: silentLogger,
      metrics: createOwnMetrics({ ofProcess: false }),
      clock: systemClock,
      ingressBudget: createByteBudget(0),
      offers: new Map(),
    });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
