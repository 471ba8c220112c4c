import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';

const accepted = 'Accepted as in the Collector;';
const likeCompaction = { description: 'Accepted as in the Collector, like compaction.' };

const compaction = z
  .strictObject({
    on_start: z.boolean().default(false).meta(likeCompaction),
    on_rebound: z.boolean().default(false).meta(likeCompaction),
    directory: z.string().optional().meta(likeCompaction),
    max_transaction_size: z.int().min(0).default(65_536).meta(likeCompaction),
    rebound_needed_threshold_mib: z.int().min(0).default(100).meta(likeCompaction),
    rebound_trigger_threshold_mib: z.int().min(0).default(10).meta(likeCompaction),
    check_interval: durationOr('5s').meta(likeCompaction),
    cleanup_on_start: z.boolean().default(false).meta(likeCompaction),
  })
  .optional()
  .meta({
    description: `${accepted} files whose records are all delivered are removed as they are, there is nothing to compact.`,
  });

/** The Collector's keys of `file_storage`. */
export const fileStorageConfig = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Where the logs are; the data directory where absent.' }),
  fsync: z.boolean().default(true).meta({
    description:
      'Whether a request is acknowledged once it would outlive a power loss; false: once it would outlive the process.',
  }),
  timeout: durationOr('1s').meta({
    description: `${accepted} a directory that another process has locked is an error at once.`,
  }),
  create_directory: z
    .boolean()
    .default(true)
    .meta({ description: `${accepted} the directory is made in any case, with 0700.` }),
  directory_permissions: z
    .string()
    .regex(/^0?[0-7]{3}$/, { message: 'must be octal, such as 0700' })
    .default('0700')
    .meta({ description: `${accepted} directories have 0700 and files 0600: they hold prompts.` }),
  max_size: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: `${accepted} sending_queue.queue_size of each exporter is the limit.` }),
  recreate: z
    .boolean()
    .default(false)
    .meta({ description: `${accepted} damaged files are put aside and the rest is used.` }),
  compaction,
});

/** The parsed form of `fileStorageConfig`. */
export type FileStorageConfig = z.output<typeof fileStorageConfig>;
