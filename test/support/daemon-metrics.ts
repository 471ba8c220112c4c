import { setTimeout as delay } from 'node:timers/promises';
import type { TestDaemon } from './daemon.ts';

/** Sum of a metric of a `/metrics` text over the label sets that hold every given `label="value"`. */
export function sumOf(metrics: string, name: string, labels: readonly string[] = []): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

const drainLimitMs = 60_000;

/** Waits until `/metrics` fulfils the condition; resolves with it. @throws Error with the daemon's output after a minute. */
export async function untilMetrics(
  daemon: TestDaemon,
  condition: (metrics: string) => boolean,
): Promise<string> {
  const deadline = performance.now() + drainLimitMs;
  for (;;) {
    const metrics = await daemon.metrics();
    if (condition(metrics)) return metrics;
    if (performance.now() > deadline) {
      throw new Error(`the metrics never said so: ${condition.toString()}\n${daemon.output()}`);
    }
    await delay(20);
  }
}

/** Waits until the exporters owe nothing; `labels` choose some of them. */
export function untilDelivered(
  daemon: TestDaemon,
  labels: readonly string[] = [],
): Promise<string> {
  return untilMetrics(daemon, (metrics) => sumOf(metrics, 'weir_backlog_items', labels) === 0);
}
