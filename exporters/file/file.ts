import { resolve } from 'node:path';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { FileConfig } from './config.ts';
import { openOutputFile } from './output-file.ts';
import type { OutputFile } from './output-file.ts';

/** Appends each payload to one file, one after the other: a request is in it whole or not at all. */
export function createFileExporter(config: FileConfig, context: ComponentContext): Exporter {
  const path = resolve(config.path);
  let file: OutputFile | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(task: () => Promise<Result>): Promise<Result> => {
    const next = last.then(task);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    start: async () => {
      file = await openOutputFile({
        path,
        append: config.append,
        layout: isLines(config) ? 'lines' : 'frames',
        fsync: config.fsync,
        rotation: config.rotation,
        clock: context.clock,
        logger: context.logger,
      }).catch((error: unknown) => {
        throw new Error(describeFileError(path, error), { cause: error });
      });
    },
    shutdown: () =>
      inTurn(async () => {
        const closing = file;
        file = undefined;
        await closing?.close();
      }),
    send: (payload, { abort }) =>
      inTurn(async () => {
        if (file === undefined) return notOpen;
        // Its time ran out while it waited: the loop will repeat it, and writing it here would write it twice.
        if (abort.aborted) return timedOut;
        return await file.write(payload.body).then(
          () => delivered,
          (error: unknown) => notWritten(path, error),
        );
      }),
  };
}

const notOpen: Outcome = { kind: 'retryable', cause: 'server', message: 'the file is not open' };
const timedOut: Outcome = { kind: 'retryable', cause: 'timeout', message: 'the disk is slow' };

function isLines({ format, compression }: FileConfig): boolean {
  return format === 'json' && (compression === 'none' || compression === '');
}

/** What a person can do about the errors that a disk gives; the rest speak for themselves. */
const mends: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free space',
  EDQUOT: 'the disk quota is used up: free space',
  EACCES: 'permission denied: give the user that runs Weir the right to write it',
  EROFS: 'the file system is read-only',
  EFBIG: 'the file is at the largest size allowed: use `rotation`',
};

function notWritten(path: string, error: unknown): Outcome {
  return { kind: 'retryable', cause: 'server', message: describeFileError(path, error) };
}

function describeFileError(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = mends[code] ?? (error instanceof Error ? error.message : String(error));
  return `${path} cannot be written: ${reason}`;
}
