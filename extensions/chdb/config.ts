import { z } from 'zod';
import { byteSizeOr } from '../../pipeline/config/byte-size.ts';
import { durationOr } from '../../pipeline/config/duration.ts';
import { parseLoopbackEndpoint } from './loopback-endpoint.ts';

/** The YAML keys of the embedded ClickHouse. */
export const chdbSchema = z.strictObject({
  endpoint: z
    .string()
    .refine((text) => parseLoopbackEndpoint(text) !== undefined, {
      message:
        'must be a loopback host and a port, such as 127.0.0.1:8123: prompts lie in the store, so it is never served to the network',
    })
    .default('127.0.0.1:8123')
    .meta({
      description: 'Loopback host and port of the HTTP interface; port 0 takes a free one.',
    }),
  memory_limit: byteSizeOr('1GiB').meta({
    description: 'Memory that the engine may take for all its queries and caches together.',
  }),
  max_query_time: durationOr('30s').meta({
    description: 'A query that only reads is ended after this; 0 means never.',
  }),
  retention: durationOr('720h').meta({
    description: 'Day partitions whose whole day is older than this are dropped; 0 keeps them.',
  }),
  max_disk: byteSizeOr('5GiB').meta({
    description: 'Above this size of all tables the oldest day partitions are dropped; 0: no cap.',
  }),
  upkeep_interval: durationOr('1m').meta({
    description: 'How often retention and the disk cap are looked after.',
  }),
});
