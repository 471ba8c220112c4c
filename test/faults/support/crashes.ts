import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonPorts } from '../../support/daemon.ts';
import type { Random } from '../../fuzz/random.ts';
import { startLoad, type Load, type LoadOptions } from './load.ts';
import type { Oracle } from './oracle.ts';

/** A pipeline daemon as a process: Weir, or another one beside it. */
export interface Victim {
  readonly ports: Pick<DaemonPorts, 'grpc' | 'http'>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** What `crashUnderLoad` does. */
export interface CrashPlan<One extends Victim> {
  readonly oracle: Oracle;
  readonly random: Random;
  readonly kills: number;
  /** Milliseconds after a start that it may live: at least, and at most. */
  readonly livesMs: readonly [number, number];
  /** Starts it on the data that the one before left. */
  readonly start: () => Promise<One>;
  readonly load?: Omit<LoadOptions, 'oracle' | 'target'>;
}

/**
 * Kills a daemon under load at random moments and starts it again, and leaves the last one running; resolves with it and
 * with the load, which has stopped.
 */
export async function crashUnderLoad<One extends Victim>(
  plan: CrashPlan<One>,
): Promise<{ readonly last: One; readonly load: Load }> {
  const { oracle, random, kills, livesMs, start } = plan;
  let current = start();
  const load = startLoad({ ...plan.load, oracle, target: async () => (await current).ports });
  for (let kill = 0; kill < kills; kill += 1) {
    const victim = await current;
    const [atLeastMs, atMostMs] = livesMs;
    await delay(atLeastMs + random.below(atMostMs - atLeastMs));
    // Clients that are told of a broken connection wait for the next one from now on.
    current = victim.kill().then(start);
  }
  const last = await current;
  await load.untilAcknowledged(1);
  await load.stop();
  return { last, load };
}
