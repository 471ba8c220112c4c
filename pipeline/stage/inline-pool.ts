import type { TaskPool, Job, JobSource } from './pool.ts';
import type { TaskRunner } from './task-runner.ts';
import type { EncodeAnswer, SplitAnswer, StageAnswer, Task } from './task.ts';

/** Runs tasks on the calling thread, at once. For one-core sidecars, where a worker costs more than it gives. */
export function createInlinePool(runner: TaskRunner): TaskPool {
  return {
    threads: 0,
    hasIdle: true,
    allocate: (size) => new ArrayBuffer(size),
    offer: (source: JobSource) => {
      for (let job = source.next(); job !== undefined; job = source.next()) runJob(runner, job);
    },
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function runJob(runner: TaskRunner, job: Job): void {
  let answer: StageAnswer & EncodeAnswer & SplitAnswer;
  try {
    answer = runTask(runner, job.task);
  } catch (error) {
    job.settle({ kind: 'failed', message: error instanceof Error ? error.name : 'unknown' });
    return;
  }
  job.settle({ kind: 'answer', answer });
}

/**
 * Runs one task of any kind. The result is typed as the intersection because a job knows which kind it asked for: it
 * reads only the fields of that kind's answer.
 */
export function runTask(runner: TaskRunner, task: Task): StageAnswer & EncodeAnswer & SplitAnswer {
  switch (task.kind) {
    case 'stage':
      return runner.stage(task) as StageAnswer & EncodeAnswer & SplitAnswer;
    case 'encode':
      return runner.encode(task) as StageAnswer & EncodeAnswer & SplitAnswer;
    case 'split':
      return runner.split(task) as StageAnswer & EncodeAnswer & SplitAnswer;
  }
}
