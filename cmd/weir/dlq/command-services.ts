import { fileURLToPath } from 'node:url';
import { createByteBudget } from '../../../pipeline/admission/byte-budget.ts';
import type { Services } from '../../../pipeline/graph/services.ts';
import { systemClock } from '../../../pipeline/telemetry/clock.ts';
import { openLogger } from '../../../pipeline/telemetry/logger.ts';
import { createOwnMetrics } from '../../../pipeline/telemetry/own-metrics.ts';
import { wantsColour } from '../terminal.ts';
import { workerParts } from '../worker-parts.ts';

/** What components are made with in a command that runs beside the daemon; warnings go to standard error. */
export async function createCommandServices(): Promise<Services> {
  const output = process.stderr;
  return {
    parts: workerParts,
    workerEntry: fileURLToPath(new URL('../worker.js', import.meta.url)),
    logger: await openLogger({
      logs: { level: 'warn', encoding: 'auto' },
      clock: systemClock,
      output,
      color: wantsColour(output, process.env),
    }),
    metrics: createOwnMetrics({ ofProcess: false }),
    clock: systemClock,
    ingressBudget: createByteBudget(0),
    offers: new Map(),
  };
}
