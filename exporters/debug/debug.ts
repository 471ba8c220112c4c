import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { DebugConfig } from './config.ts';

/** A text stream of the process. */
export interface TextOutput {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** The streams that `output_paths` can name. */
export type TextOutputs = Readonly<Record<'stdout' | 'stderr', TextOutput>>;

/**
 * Writes what the worker rendered to the process's streams, and waits until they took it. Batches that sampling leaves
 * out are delivered too, and counted as `weir_exporter_unprinted_batches_total`.
 */
export function createDebugExporter(
  config: DebugConfig,
  context: ComponentContext,
  outputs: TextOutputs,
): Exporter {
  const paths = [...new Set(config.output_paths)];
  const isPrinted = createSampler(config, context);
  // A reader that went away (EPIPE) is reported by the write; without a listener it would end the process.
  const ignoreError = (): void => undefined;
  return {
    start: () => {
      for (const path of paths) outputs[path].on('error', ignoreError);
      return Promise.resolve();
    },
    shutdown: () => {
      for (const path of paths) outputs[path].off('error', ignoreError);
      return Promise.resolve();
    },
    send: async (payload) => {
      if (!isPrinted()) {
        context.meter.count('weir_exporter_unprinted_batches_total');
        return delivered;
      }
      const errors = await Promise.all(paths.map((path) => write(outputs[path], payload.body)));
      return errors.find((outcome) => outcome !== undefined) ?? delivered;
    },
  };
}

function write(output: TextOutput, bytes: Uint8Array): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    output.write(bytes, (error) => {
      if (!error) resolve(undefined);
      else resolve({ kind: 'retryable', cause: 'network', message: `write: ${error.message}` });
    });
  });
}

/** The Collector's zap sampling: the first few batches of every second, then one in so many. */
function createSampler(config: DebugConfig, context: ComponentContext): () => boolean {
  const { sampling_initial: initial, sampling_thereafter: thereafter } = config;
  let second = -1;
  let seen = 0;
  return () => {
    const now = Math.floor(context.clock.monotonic() / 1000);
    if (now !== second) [second, seen] = [now, 0];
    seen += 1;
    if (seen <= initial) return true;
    return thereafter > 0 && (seen - initial) % thereafter === 0;
  };
}
