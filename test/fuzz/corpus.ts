import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Signal, signals } from '../../pipeline/component/signal.ts';
import { projectRoot } from '../support/project-root.ts';
import { generateRequest } from './generate-request.ts';
import { mutate } from './mutate.ts';
import { createRandom, type Random } from './random.ts';

/** A request to check, and the seed of the edits to check it with. */
export interface Case {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  readonly seed: number;
}

/** Real requests in the batch's testdata, by signal. */
export const captures: readonly { name: string; signal: Signal; bytes: Uint8Array }[] =
  readCaptures();

function readCaptures(): { name: string; signal: Signal; bytes: Uint8Array }[] {
  const folder = join(projectRoot, 'pipeline/batch/testdata');
  const names = readdirSync(folder).filter((name) => name.endsWith('.pb'));
  return names.toSorted().map((name) => ({
    name,
    signal: name.includes('traces') ? 'traces' : name.includes('logs') ? 'logs' : 'metrics',
    bytes: new Uint8Array(readFileSync(join(folder, name))),
  }));
}

/** How often generated requests hold something unusual, at each field. */
const chaosLevels = [0, 0.02, 0.15] as const;

/** The case of a seed: a generated or captured request, as it is or mutated. */
export function createCase(seed: number): Case {
  const random = createRandom(seed);
  const signal = random.pick(signals);
  const request = random.chance(0.2) ? captureOf(random, signal) : generated(random, signal);
  const bytes = random.chance(0.2) ? request : mutate(request, random, generated(random, signal));
  return { signal, bytes, seed };
}

function generated(random: Random, signal: Signal): Uint8Array {
  return generateRequest(random, signal, random.pick(chaosLevels));
}

function captureOf(random: Random, signal: Signal): Uint8Array {
  const fitting = captures.filter((capture) => capture.signal === signal);
  return fitting[random.below(fitting.length)]?.bytes ?? new Uint8Array(0);
}
