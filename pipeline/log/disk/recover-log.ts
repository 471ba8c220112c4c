import { join } from 'node:path';
import type { Position } from '../log.ts';
import { fromFolderName, toFolderName } from '../folder-name.ts';
import { createCursorFile, readCursorFile } from './cursor-file.ts';
import type { CursorFile, CursorState } from './cursor-file.ts';
import type { FileSystem } from './file-system.ts';
import { checkFormat, readManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { recoverSegments } from './recover-segments.ts';
import type { RecoveryOptions } from './recover-segments.ts';
import type { Segment } from './segment.ts';

/** An exporter's cursor file, open, and what it says. */
export interface RecoveredCursor {
  readonly exporterId: string;
  readonly file: CursorFile;
  readonly state: CursorState;
}

/** A log as it was left. */
export interface RecoveredLog {
  readonly segments: Segment[];
  readonly cursors: readonly RecoveredCursor[];
  /** Position of the next record. */
  readonly head: Position;
  /** False where the list of exporters is lost: one that seems new may then be owed everything. */
  readonly knowsExporters: boolean;
}

/**
 * Positions are taken up again at the next multiple of this. What a log in `write` mode handed out before the machine lost
 * its end is so never told apart from other records by the same position: sinks drop what has an id that they know.
 */
const positionStep = 2 ** 26;

/** The cursor file of an exporter. */
export function cursorPath(folder: string, exporterId: string): string {
  return join(folder, `${toFolderName(exporterId)}.cursor`);
}

/**
 * Takes up a log where it was left. A cursor that cannot be read, or is gone, begins at the oldest record there is.
 * @throws StorageError before anything is changed, where a newer version wrote it.
 */
export function recoverLog(
  options: RecoveryOptions,
  onReplay: (exporterId: string, path: string) => void,
): RecoveredLog {
  const { fs, folder } = options;
  const manifest = readManifest(fs, folder);
  const read = readCursors(fs, folder, manifest);
  const { segments, next } = recoverSegments(options);
  const isNew = next === 0 && manifest === undefined && read.length === 0;
  const oldest = segments[0]?.first ?? 0;
  const cursors = read.map(({ exporterId, path, content, isMissing }) => {
    const file = fs.open(path, isMissing ? 'create' : 'existing');
    if (content.kind === 'sound') {
      const { state } = content;
      return { exporterId, state, file: createCursorFile(fs, file, content) };
    }
    onReplay(exporterId, path);
    const state = { readAt: oldest, out: [], orphanedMs: 0 };
    return { exporterId, state, file: createCursorFile(fs, file) };
  });
  const floor = Math.max(next, manifest?.floor ?? 0, ...cursors.map(({ state }) => endOf(state)));
  const head = isNew ? 0 : (Math.floor(floor / positionStep) + 1) * positionStep;
  const knowsExporters = manifest !== undefined || segments.length === 0;
  return { segments, cursors, head, knowsExporters };
}

interface ReadCursor {
  readonly exporterId: string;
  readonly path: string;
  readonly content: ReturnType<typeof readCursorFile>;
  readonly isMissing: boolean;
}

function readCursors(
  fs: FileSystem,
  folder: string,
  manifest: Manifest | undefined,
): readonly ReadCursor[] {
  const there = fs.list(folder).flatMap((name) => {
    const exporterId = name.endsWith('.cursor')
      ? fromFolderName(name.slice(0, -'.cursor'.length))
      : undefined;
    return exporterId === undefined ? [] : [exporterId];
  });
  const missing = (manifest?.exporters ?? []).filter((exporterId) => !there.includes(exporterId));
  return [
    ...there.map((exporterId) => readCursor(fs, folder, exporterId)),
    ...missing.map((exporterId) => ({
      exporterId,
      path: cursorPath(folder, exporterId),
      content: { kind: 'damaged' as const },
      isMissing: true,
    })),
  ];
}

function readCursor(fs: FileSystem, folder: string, exporterId: string): ReadCursor {
  const path = cursorPath(folder, exporterId);
  const file = fs.open(path, 'existing');
  try {
    const content = readCursorFile(fs, file);
    if (content.kind === 'foreign') checkFormat(content.version, path);
    return { exporterId, path, content, isMissing: false };
  } finally {
    fs.close(file);
  }
}

function endOf({ readAt, out }: CursorState): Position {
  return Math.max(readAt, ...out.map(({ to }) => to));
}
