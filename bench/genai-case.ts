import { parentPort, workerData } from 'node:worker_threads';
import { measureCase } from './genai.ts';

/** The thread of one case of `genai.ts`, which `workerData` names. */
parentPort?.postMessage(await measureCase(String(workerData)));
