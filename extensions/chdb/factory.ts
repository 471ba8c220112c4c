import { defineExtension } from '../../pipeline/component/extension.ts';
import { createChdb } from './chdb.ts';
import { chdbSchema } from './config.ts';

/** The embedded ClickHouse: a child process that serves it over HTTP on loopback, and offers `chdb.connection`. */
export const chdbExtension = defineExtension({
  type: 'chdb',
  stability: 'alpha',
  schema: chdbSchema,
  metrics: {
    weir_extension_chdb_restarts_total: {
      type: 'counter',
      help: 'Restarts of the embedded ClickHouse after its process ended.',
      labels: [],
    },
    weir_extension_chdb_queries_total: {
      type: 'counter',
      help: 'Requests to the embedded ClickHouse by what became of them: ok, failed, timeout, refused.',
      labels: ['outcome'],
    },
    weir_extension_chdb_disk_bytes: {
      type: 'gauge',
      help: 'Bytes of all tables of the embedded ClickHouse.',
      labels: [],
    },
    weir_extension_chdb_dropped_partitions_total: {
      type: 'counter',
      help: 'Day partitions dropped because of retention or max_disk.',
      labels: ['cause'],
    },
    weir_extension_chdb_upkeep_failures_total: {
      type: 'counter',
      help: 'Rounds of retention and disk cap that the engine refused; the next round tries again.',
      labels: [],
    },
  },
  create: createChdb,
});
