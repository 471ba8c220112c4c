import { createWorkerEntry } from '../../pipeline/stage/worker-entry.ts';
import { testParts } from './test-parts.ts';

/** A workers' entry with the parts of `test-parts.ts`. */
export default await createWorkerEntry(testParts);
