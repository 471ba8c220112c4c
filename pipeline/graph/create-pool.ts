import { createInlinePool } from '../stage/inline-pool.ts';
import type { PoolSize } from '../stage/machine.ts';
import type { TaskPool } from '../stage/pool.ts';
import { createTaskRunner } from '../stage/task-runner.ts';
import type { StageSpec } from '../stage/spec.ts';
import type { StageAnswer, StageTask } from '../stage/task.ts';
import { createThreadPool } from '../stage/thread-pool.ts';
import type { Services } from './services.ts';

/** Where a graph's tasks run. */
export interface BuiltPool {
  readonly tasks: TaskPool;
  /** Runs tasks of empty chains on the main thread. */
  readonly inline: (task: StageTask) => StageAnswer;
}

/** A task over this is hung: ten times what the slowest honest request (64 MiB of JSON) takes. */
const taskLimitMs = 30_000;

/** Creates the pool of a graph: threads, or the main thread where the size says 0. */
export async function createPool(
  spec: StageSpec,
  services: Services,
  size: PoolSize,
): Promise<BuiltPool> {
  if (size.threads === 0) {
    const runner = await createTaskRunner(spec, services.parts);
    return { tasks: createInlinePool(runner), inline: runner.stage };
  }
  // On the main thread only chains without parts ever run; the others' parts are not built there.
  const chains = spec.chains.map((chain) => ({ ...chain, parts: [] }));
  const runner = await createTaskRunner({ ...spec, chains, encoders: [] }, services.parts);
  const tasks = createThreadPool({
    ...size,
    entry: services.workerEntry,
    spec,
    taskLimitMs,
    clock: services.clock,
    onTask: (result, seconds) => {
      services.metrics.count('weir_stage_tasks_total', { result }, 1);
      services.metrics.observe('weir_stage_task_seconds', seconds, {});
    },
    onWorkerDeath: (cause) => {
      services.metrics.count('weir_stage_worker_restarts_total', { cause }, 1);
      services.logger.error('a worker died of a task and was replaced', { cause });
    },
  });
  return { tasks, inline: runner.stage };
}
