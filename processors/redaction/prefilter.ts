import type { Prefilter } from './candidate.ts';
import type { GateTable } from './gate-table.ts';
import { createKernelPrefilter } from './kernel-prefilter.ts';
import { createPlainPrefilter } from './plain-prefilter.ts';

/** Makes the fastest prefilter that runs here. */
export function createPrefilter(gates: GateTable): Prefilter {
  try {
    return createKernelPrefilter(gates);
  } catch {
    return createPlainPrefilter(gates);
  }
}
