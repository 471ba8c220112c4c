import type { Dialect } from './dialect.ts';
import { extendSemconv } from './extended.ts';

/** Strands Agents. It names itself as the provider; the model's name tells the real one. */
export const strands: Dialect = {
  name: 'strands',
  scopes: /^strands/,
  evidence: ['event_loop.cycle_id', 'gen_ai.event.start_time'],
  create: extendSemconv({
    tags: ['langfuse.tags'],
    firstChunkMs: ['gen_ai.server.time_to_first_token'],
  }),
};
