import { parentPort, workerData } from 'node:worker_threads';
import { TableKey } from '../../pipeline/component/table-key.ts';
import { openSharedTable } from '../../pipeline/stage/shared-table.ts';
import type { SharedTableMemory } from '../../pipeline/stage/shared-table.ts';

/** What the shared-table stress test starts its threads with. */
export interface ClaimOrder {
  readonly memory: SharedTableMemory;
  /** Keys are `0` to this, each claimed once, in an order of the thread's own. */
  readonly keys: number;
  readonly thread: number;
  /** Threads wait here for each other, so that they run at once. */
  readonly gate: SharedArrayBuffer;
  readonly threads: number;
}

// Only the stress test starts this file.
const { memory, keys, thread, gate, threads } = workerData as ClaimOrder;
const table = openSharedTable(memory);
const arrived = new Int32Array(gate);
Atomics.add(arrived, 0, 1);
Atomics.notify(arrived, 0);
for (;;) {
  const count = Atomics.load(arrived, 0);
  if (count >= threads) break;
  Atomics.wait(arrived, 0, count);
}
const winners: bigint[] = [];
for (let index = 0; index < keys; index += 1) {
  // Neighbouring keys at nearly the same time in every thread, yet not in lockstep.
  const key = index ^ (thread & 3);
  const value = BigInt(key * 16 + thread + 1);
  winners[key] = table.claim(new TableKey().clear().text(String(key)), value);
}
parentPort?.postMessage(winners);
