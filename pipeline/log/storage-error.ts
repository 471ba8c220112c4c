/** What is wrong with a data directory, a closed set. */
export type StorageProblem = 'foreign_format' | 'in_use' | 'not_writable' | 'unreadable';

/**
 * A data directory cannot be used. The message names the file and the mend; nothing in the directory has been changed.
 * All but `in_use` are faults of what is configured (exit code 78).
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly problem: StorageProblem;

  constructor(problem: StorageProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}
