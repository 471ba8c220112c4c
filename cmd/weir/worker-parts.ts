import type { WorkerParts } from '../../pipeline/component/registry.ts';

/** What runs in workers, one line a part. Nothing here may import zod, grpc-js or any I/O. */
export const workerParts: WorkerParts = [];
