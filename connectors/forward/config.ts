import { z } from 'zod';

/** The `forward` connector has no keys, as in the Collector. */
export const forwardConfig = z.strictObject({});
