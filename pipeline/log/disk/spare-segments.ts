import type { FileSystem } from './file-system.ts';
import type { Segment } from './segment.ts';

/**
 * Files of segments that nobody owes any more, for later segments. Writing over what a file has already is several times
 * cheaper than making it longer: neither blocks nor pages of the cache are to be found, and a sync has no size to note.
 */
export interface SpareSegments {
  /** Keeps the closed file of a segment; false where it is not wanted. */
  keep(segment: Segment): boolean;
  /** The path of a file to write over, which is the caller's now; undefined where there is none. */
  take(): string | undefined;
  /** Removes all: a log that nothing is appended to, or whose disk is full, keeps none. */
  drop(): void;
}

/** Ends the name of a spare file. */
export const spareSuffix = '.spare';

/** As many as are used up between two looks at what is free, by a log that is as busy as a disk allows. */
const maxSpares = 2;

/** Creates the spares of a log, none at first. A file of fewer than half of `segmentBytes` is not worth keeping. */
export function createSpareSegments(fs: FileSystem, segmentBytes: number): SpareSegments {
  const spares: string[] = [];
  return {
    keep: ({ path, end, isSealed }) => {
      // A file that failed is not written to again.
      if (!isSealed || spares.length >= maxSpares || end < segmentBytes / 2) return false;
      fs.rename(path, path + spareSuffix);
      spares.push(path + spareSuffix);
      return true;
    },
    take: () => spares.shift(),
    drop: () => {
      for (const path of spares.splice(0)) {
        try {
          fs.remove(path);
        } catch {
          // The next start removes it.
        }
      }
    },
  };
}
