import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * Names this Weir among those that write to the same server, the same over restarts: its host, and what tells its data
 * directory from those of others there.
 */
export function nameInstance(dataDir: string): string {
  const mark = createHash('sha256').update(dataDir).digest('hex').slice(0, 6);
  return `${hostname()}:${mark}`;
}
