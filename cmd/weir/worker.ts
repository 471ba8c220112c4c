import { createWorkerEntry } from '../../pipeline/stage/worker-entry.ts';
import { workerParts } from './worker-parts.ts';

/** The workers' entry, loaded by the pool. It must stay free of zod, grpc-js and I/O: every worker pays for it. */
export default await createWorkerEntry(workerParts);
