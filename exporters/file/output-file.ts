import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, Logger } from '../../pipeline/component/context.ts';
import { makeDirectory } from '../../pipeline/config/make-directory.ts';
import type { RotationConfig } from './config.ts';
import { rotate } from './rotate.ts';
import { findWholeEnd, type Layout } from './whole-end.ts';

/** Only the user that runs Weir may read prompts. */
const fileMode = 0o600;
const bytesPerMegabyte = 1024 * 1024;

/** How a file is opened and written. */
export interface OutputFileOptions {
  readonly path: string;
  /** Keep what it holds. */
  readonly append: boolean;
  readonly layout: Layout;
  readonly fsync: boolean;
  readonly rotation: RotationConfig | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A file that holds whole requests only. Calls must not overlap. */
export interface OutputFile {
  /** Resolves once the request is written whole; rejects with the error of the system, and then the file is as before. */
  write(request: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

interface OpenFile {
  readonly handle: FileHandle;
  /** False for a pipe or a terminal, which can be neither cut nor rotated. */
  readonly isRegular: boolean;
  /** End of the last whole request. */
  size: number;
}

/**
 * Opens the file, making its directory where it is missing. What is in it is touched with the first request only: a reload
 * starts the new exporter while the old one still writes. Rejects with the error of the system.
 */
export async function openOutputFile(options: OutputFileOptions): Promise<OutputFile> {
  const { path, rotation, fsync } = options;
  const keep = options.append || rotation !== undefined;
  await check(options, keep);
  let file: OpenFile | undefined;
  /** Set while what is behind it is to go: all there was, or what may be a part of a request. */
  let soundSize: number | undefined = keep ? undefined : 0;

  const reopen = async (): Promise<OpenFile> => {
    const opened = await openWhole(options, soundSize);
    soundSize = undefined;
    return opened;
  };
  const rotateBefore = async (current: OpenFile, bytes: number): Promise<OpenFile> => {
    if (rotation === undefined || !current.isRegular || current.size === 0) return current;
    if (current.size + bytes <= rotation.max_megabytes * bytesPerMegabyte) return current;
    file = undefined;
    await current.handle.close();
    await rotate(path, rotation, options.clock.now());
    return await reopen();
  };
  const abandon = async (broken: OpenFile): Promise<void> => {
    file = undefined;
    soundSize = broken.isRegular ? broken.size : undefined;
    if (broken.isRegular) await broken.handle.truncate(broken.size).catch(() => undefined);
    await broken.handle.close().catch(() => undefined);
  };
  return {
    write: async (request) => {
      const current = await rotateBefore(file ?? (await reopen()), request.byteLength);
      file = current;
      try {
        await writeWhole(current.handle, request);
        if (fsync) await current.handle.datasync();
        current.size += request.byteLength;
      } catch (error) {
        await abandon(current);
        throw error;
      }
    },
    close: async () => {
      const last = file;
      file = undefined;
      await last?.handle.close();
    },
  };
}

/** Opens for appending, with everything behind `soundSize` (where known) or the last whole request cut off. */
async function openWhole(
  options: OutputFileOptions,
  soundSize: number | undefined,
): Promise<OpenFile> {
  const handle = await openFile(options);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return { handle, isRegular: false, size: 0 };
    const size = Math.min(
      stat.size,
      soundSize ?? (await findWholeEnd(handle, stat.size, options.layout)),
    );
    if (size < stat.size) await handle.truncate(size);
    if (size < stat.size && soundSize === undefined) {
      const bytes = stat.size - size;
      options.logger.warn('half a request at the end of the file is cut off', { bytes });
    }
    // A file that another user made and we may write keeps its mode.
    await handle.chmod(fileMode).catch(() => undefined);
    return { handle, isRegular: true, size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Rejects where the file cannot be written, or holds something else that is to be kept. */
async function check(options: OutputFileOptions, keep: boolean): Promise<void> {
  const handle = await openFile(options);
  try {
    const stat = await handle.stat();
    if (keep && stat.isFile()) await findWholeEnd(handle, stat.size, options.layout);
  } finally {
    await handle.close();
  }
}

async function openFile({ path }: OutputFileOptions): Promise<FileHandle> {
  makeDirectory(dirname(path));
  // Opened for reading too, to find the end of the last whole request.
  return await open(path, 'a+', fileMode);
}

/** FileHandle.write may take a part only, as write(2) may. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, offset);
    offset += bytesWritten;
  }
}
