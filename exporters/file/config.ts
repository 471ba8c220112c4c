import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';
import { deliveryKeys } from '../../pipeline/deliver/config.ts';
import { hasZstd } from './compress.ts';

const compressions = ['none', 'gzip', 'zstd', ''] as const;

const rotation = z.strictObject({
  max_megabytes: z
    .number()
    .positive()
    .default(100)
    .meta({ description: 'Start a new file before this one grows over so many MiB.' }),
  max_days: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'Delete older files after so many days; 0: never by age.' }),
  max_backups: z
    .int()
    .min(0)
    .default(100)
    .meta({ description: 'Older files to keep; 0: all of them.' }),
  localtime: z
    .boolean()
    .default(false)
    .meta({ description: 'Local time in the names of older files; UTC where false.' }),
});

/** Keys of the `file` exporter, the Collector's, and `fsync`. */
export const fileConfig = z.strictObject({
  path: z
    .string()
    .min(1, 'a path is needed')
    .meta({ description: 'The file; relative to the working directory.' }),
  format: z
    .enum(['json', 'proto'])
    .default('json')
    .meta({ description: 'json: one OTLP/JSON request a line; proto: protobuf requests, framed.' }),
  append: z.boolean().default(false).meta({
    description: 'Keep what the file holds at start-up; with `rotation` it is always kept.',
  }),
  compression: z
    .enum(compressions)
    .default('none')
    .refine((name) => name !== 'zstd' || hasZstd, {
      error: `zstd needs Node 22.15 or newer and this is ${process.version} (use gzip or none)`,
    })
    .meta({ description: 'Compresses each request; compressed requests are framed.' }),
  flush_interval: durationOr('1s').meta({
    description: 'Accepted as in the Collector: nothing is buffered, every request is written.',
  }),
  fsync: z.boolean().default(false).meta({
    description: 'Count a request as delivered only when it is on the disk, not only written.',
  }),
  rotation: rotation
    .optional()
    .meta({ description: 'Replaces the file by a new one as it grows; one file where absent.' }),
  ...deliveryKeys({ timeout: '5s' }),
});

/** The parsed form of `fileConfig`. */
export type FileConfig = z.output<typeof fileConfig>;
export type RotationConfig = z.output<typeof rotation>;
