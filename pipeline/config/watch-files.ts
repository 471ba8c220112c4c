import { createHash } from 'node:crypto';
import { readFileSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../component/context.ts';

/** What `watchFiles` takes. */
export interface WatchOptions {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Called once for a burst of changes, when the content of any file is another than before. */
  readonly onChange: () => void;
  readonly logger: Logger;
  /** How long a burst of events may last; editors and ConfigMap swaps take several steps. */
  readonly settleMs?: number;
  /** How often files are read without an event: events do not cross every kind of mount or symlink. */
  readonly pollMs?: number;
}

/**
 * Watches files by their content, until the returned function is called. The directories are watched, not the files, so
 * that a file that is replaced by a rename, or reached through a symlink that is swapped (a ConfigMap's `..data`), is
 * still followed. A file that cannot be read counts as having other content. The timers do not keep the process alive.
 */
export function watchFiles(options: WatchOptions): () => void {
  const { files, onChange, settleMs = 250, pollMs = 5000 } = options;
  let digest = digestOf(files);
  let timer: NodeJS.Timeout | undefined;
  const compare = (): void => {
    const now = digestOf(files);
    if (now === digest) return;
    digest = now;
    onChange();
  };
  const onEvent = (): void => {
    clearTimeout(timer);
    timer = setTimeout(compare, settleMs).unref();
  };
  const poll = setInterval(compare, pollMs).unref();
  const directories = [...new Set(files.map((file) => dirname(file)))];
  const watchers = directories.flatMap((path) => watchDirectory(path, onEvent, options) ?? []);
  return () => {
    clearTimeout(timer);
    clearInterval(poll);
    for (const watcher of watchers) watcher.close();
  };
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(contentOf(file)).update('\0');
  return hash.digest('base64');
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.from('unreadable');
  }
}

/** Where a watch cannot be had (no inotify instances left, a network mount), polling does the work alone. */
function watchDirectory(
  path: string,
  onEvent: () => void,
  { logger }: WatchOptions,
): FSWatcher | undefined {
  const giveUp = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn('a directory cannot be watched; its files are read from time to time', {
      path,
      error: reason,
    });
  };
  try {
    const watcher = watch(path, { persistent: false }, onEvent);
    watcher.on('error', (error) => {
      giveUp(error);
      watcher.close();
    });
    return watcher;
  } catch (error) {
    giveUp(error);
    return undefined;
  }
}
