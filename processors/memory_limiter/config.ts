import { z } from 'zod';
import { durationOr } from '../../pipeline/config/duration.ts';

/** The Collector's keys of `memory_limiter`. */
export const memoryLimiterConfig = z
  .strictObject({
    check_interval: durationOr('1s').meta({
      description:
        'Accepted as in the Collector, without effect: memory is looked at as bytes come in.',
    }),
    limit_mib: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'Memory that the process should stay within, in MiB.' }),
    spike_limit_mib: z.int().min(0).default(0).meta({
      description:
        'How far below the bound of resident memory less is let in; 3/4 of the limit where it is 0.',
    }),
    limit_percentage: z.int().min(0).max(100).default(0).meta({
      description: 'The limit as a share of the memory the process may use; limit_mib goes first.',
    }),
    spike_limit_percentage: z.int().min(0).max(100).default(0).meta({
      description:
        'The same as a share of the memory the process may use; spike_limit_mib goes first.',
    }),
    min_gc_interval_when_soft_limited: durationOr('10s').meta({
      description: 'Accepted as in the Collector, without effect.',
    }),
    min_gc_interval_when_hard_limited: durationOr('0s').meta({
      description: 'Accepted as in the Collector, without effect.',
    }),
    max_gc_interval_when_soft_limited: durationOr('30s').meta({
      description: 'Accepted as in the Collector, without effect.',
    }),
    max_gc_interval_when_hard_limited: durationOr('30s').meta({
      description: 'Accepted as in the Collector, without effect.',
    }),
  })
  .refine((config) => config.limit_mib > 0 || config.limit_percentage > 0, {
    message: 'needs limit_mib or limit_percentage',
  });
