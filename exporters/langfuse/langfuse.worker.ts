import { defineEncode } from '../../pipeline/component/transform.ts';
import type {
  Encode,
  EncodeDefinition,
  WorkerContext,
} from '../../pipeline/component/transform.ts';
import type { LangfuseConfig } from './config.ts';
import { createObservationWriter } from './observation.ts';
import type { Route } from './route.ts';
import { createScoreReader } from './score.ts';
import { createTraceFields } from './trace-fields.ts';
import { createGenaiFilter } from './genai-only.ts';

const toTraces: Route = { to: 'traces' };
const toScores: Route = { to: 'scores' };

/**
 * Writes on every span what Langfuse should take it for, instead of leaving that to its guesses; of logs, turns the
 * evaluation results into scores, one payload each.
 */
export const langfuseEncode: EncodeDefinition = defineEncode<LangfuseConfig>({
  type: 'langfuse',
  create: (config, _prepared, context) =>
    context.signal === 'logs' ? createLogEncode(context) : createTraceEncode(config, context),
});

function createTraceEncode(config: LangfuseConfig, context: WorkerContext): Encode {
  const keepGenai = config.genai_only ? createGenaiFilter(context.keys) : undefined;
  const traces = createTraceFields(config, context.keys);
  const writeObservation = createObservationWriter(context.keys);
  return (slice, reader) => {
    const batch = reader.open('traces', slice.bytes);
    const skipped = keepGenai?.(batch) ?? 0;
    if (skipped > 0) countSkipped(context, 'not_genai', skipped);
    traces.collect(batch);
    for (const span of batch) {
      writeObservation(span);
      traces.write(span);
    }
    const { items } = slice;
    return batch.items === 0
      ? [{ body: new Uint8Array(0), items }]
      : [{ body: batch.encode(), items, route: toTraces }];
  };
}

function createLogEncode(context: WorkerContext): Encode {
  const readScore = createScoreReader(context.keys);
  return (slice, reader) => {
    const scores = Array.from(reader.open('logs', slice.bytes), readScore).filter(
      (score) => score !== undefined,
    );
    const skipped = slice.items - scores.length;
    const payloads = scores.map((score) => ({
      body: Buffer.from(JSON.stringify(score)),
      items: 1,
      route: toScores,
    }));
    if (skipped === 0) return payloads;
    countSkipped(context, 'not_evaluation', skipped);
    return [...payloads, { body: new Uint8Array(0), items: skipped }];
  };
}

function countSkipped(
  context: WorkerContext,
  reason: 'not_genai' | 'not_evaluation',
  items: number,
): void {
  context.count('weir_exporter_langfuse_skipped_items_total', { reason }, items);
}
