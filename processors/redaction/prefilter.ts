import type { FallbackReason, Prefilter } from './candidate.ts';
import type { GateTable } from './gate-table.ts';
import { createKernelPrefilter } from './kernel-prefilter.ts';
import { createPlainPrefilter } from './plain-prefilter.ts';

/** Makes the fastest prefilter that runs here; one that stands in for the kernel says why. */
export function createPrefilter(gates: GateTable): Prefilter {
  try {
    return createKernelPrefilter(gates);
  } catch (error) {
    return { ...createPlainPrefilter(gates), fallback: reasonOf(error) };
  }
}

/** Node lacks the types of WebAssembly, whose errors are told by their names. */
function reasonOf(error: unknown): FallbackReason {
  const isRefused = error instanceof Error && error.name === 'CompileError';
  return isRefused || !('WebAssembly' in globalThis) ? 'unsupported' : 'error';
}
