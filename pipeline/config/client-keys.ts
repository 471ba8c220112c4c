import { z } from 'zod';
import { unavailable } from './unavailable.ts';

const accepted = z.int().optional().meta({ description: 'Accepted as in the Collector.' });

/** Keys of the Collector's `configgrpc` and `confighttp` clients that change nothing here, or cannot be had. */
export const clientKeys = {
  auth: unavailable('no authenticator is built; write what it would send in `headers`'),
  middlewares: z
    .array(z.unknown())
    .max(0, 'are not available here; leave them out')
    .optional()
    .meta({ description: 'Only empty: there are none.' }),
  read_buffer_size: accepted,
  write_buffer_size: accepted,
};
