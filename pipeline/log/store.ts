import type { Signal } from '../component/signal.ts';
import type { Log } from './log.ts';

/** Whether appends are taken. A store that refuses takes them again by itself where the cause goes away. */
export type StoreHealth =
  | { readonly state: 'ok' }
  /** One sentence for the operator: what is wrong, with the path. */
  | { readonly state: 'refusing'; readonly reason: string }
  /** As above, and for good: only a restart of the process helps. */
  | { readonly state: 'failed'; readonly reason: string };

/** What is kept for an exporter that no pipeline has any more. */
export interface Orphan {
  readonly pipeline: string;
  readonly exporterId: string;
  /** Bytes of records that only wait for it. */
  readonly bytes: number;
}

/**
 * The logs of all pipelines that share a storage. A store outlives graphs: the graph of a reloaded configuration gets the
 * logs that are open already, and its cursors follow those of the graph before it (`Log.cursor`).
 */
export interface LogStore {
  readonly isDurable: boolean;
  /**
   * The pipeline's log, opened on the first call and the very same on every further one.
   * @throws LogFormatError or Error naming the file, where what is on disk cannot be used; it is left as it is.
   */
  open(pipeline: string, signal: Signal): Promise<Log>;
  health(): StoreHealth;
  /** Exporters that have a place in a log and no open cursor. */
  orphans(): readonly Orphan[];
  /** Closes every log, and lets go of the directory. Safe twice. */
  close(): Promise<void>;
}
