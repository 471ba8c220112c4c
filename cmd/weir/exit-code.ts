/** Exit codes of `weir`, a part of its contract with scripts (docs/contract.md §2). */
export const exitCodes = {
  ok: 0,
  /** Something failed while it ran. */
  failed: 1,
  /** The command line does not make sense. */
  usage: 2,
  /** A required backend cannot be reached (sysexits EX_UNAVAILABLE). */
  unreachable: 69,
  /** The configuration is wrong (sysexits EX_CONFIG). */
  invalidConfig: 78,
} as const;

/** One of the exit codes of `weir`. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * What a command's action throws to end `weir` with an exit code. The message goes to stderr as it is, without a stack;
 * an empty one prints nothing, for commands that have said what is wrong already.
 */
export class CommandFailure extends Error {
  readonly code: ExitCode;

  constructor(message: string, code: ExitCode = exitCodes.failed) {
    super(message);
    this.name = 'CommandFailure';
    this.code = code;
  }
}
