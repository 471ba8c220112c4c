import type { StoreHealth } from '../store.ts';
import { messageOf } from './message-of.ts';
import type { FileSystem } from './file-system.ts';
import { isOutOfSpace } from './segment-writer.ts';

/** Whether a store's disk takes appends. */
export interface DiskHealth {
  /** Why it does not; undefined while it does. */
  readonly refusal: string | undefined;
  /** An append failed. */
  failed(error: unknown): void;
  /** Looks again; called about once a second. */
  check(): void;
}

/** How much room must be left on the disk: below this nothing is appended, so that cursors can still be written. */
const lowWaterShare = 0.05;
const maxLowWaterBytes = 256 * 1024 ** 2;

/** After an error that is not about room, the next append is tried on a new file after this long. */
const retryAfterMs = 10_000;

/** Creates the health of the disk that holds `directory`. */
export function createDiskHealth(options: {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly monotonic: () => number;
  readonly onChange: (health: StoreHealth) => void;
}): DiskHealth {
  const { fs, directory, monotonic, onChange } = options;
  let refusal: string | undefined;
  let isAboutRoom = false;
  let retryAtMs = 0;
  const change = (reason: string | undefined): void => {
    if (reason === refusal) return;
    refusal = reason;
    onChange(reason === undefined ? { state: 'ok' } : { state: 'refusing', reason });
  };
  const refuseForRoom = (): void => {
    isAboutRoom = true;
    change(`no space left on the disk of ${directory}: free some, or move the data directory`);
  };
  return {
    get refusal() {
      return refusal;
    },
    failed: (error) => {
      if (isOutOfSpace(error)) {
        refuseForRoom();
        return;
      }
      isAboutRoom = false;
      retryAtMs = monotonic() + retryAfterMs;
      change(`writing to ${directory} fails: ${messageOf(error)}`);
    },
    check: () => {
      const hasRoom = isRoomy(fs, directory);
      if (!hasRoom) refuseForRoom();
      else if (isAboutRoom || monotonic() >= retryAtMs) change(undefined);
    },
  };
}

function isRoomy(fs: FileSystem, directory: string): boolean {
  try {
    const { free, total } = fs.room(directory);
    return free >= Math.min(maxLowWaterBytes, total * lowWaterShare);
  } catch {
    // Where the disk does not tell, the next append does.
    return true;
  }
}
