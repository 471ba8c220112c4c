import { readChdbConnection, connectionOffer } from '../../../extensions/chdb/connection.ts';
import type { Exporter, ExporterFactory } from '../../../pipeline/component/exporter.ts';
import { isSignal } from '../../../pipeline/component/signal.ts';
import type { ComponentSpec, Config } from '../../../pipeline/config/config.ts';
import { createAuthGate } from '../../../pipeline/deliver/auth-gate.ts';
import type { DeadLetter, DeadLetterEntry } from '../../../pipeline/deliver/dead-letter.ts';
import { openDeadLetterFile } from '../../../pipeline/deliver/dead-letter-file.ts';
import type { StoredEntry } from '../../../pipeline/deliver/dead-letter-line.ts';
import { createDelivery } from '../../../pipeline/deliver/delivery.ts';
import type { Delivery, DeliveryOptions } from '../../../pipeline/deliver/delivery.ts';
import { createFailureLog } from '../../../pipeline/deliver/failure-log.ts';
import { createContext } from '../../../pipeline/graph/services.ts';
import type { Services } from '../../../pipeline/graph/services.ts';
import { createInlinePool } from '../../../pipeline/stage/inline-pool.ts';
import { createDeliveryJobs } from '../../../pipeline/stage/jobs.ts';
import type { DeliveryJobs } from '../../../pipeline/stage/jobs.ts';
import { createTaskRunner } from '../../../pipeline/stage/task-runner.ts';
import { maxTimerMs } from '../../../pipeline/telemetry/clock.ts';
import { workerParts } from '../worker-parts.ts';
import { entriesOf } from './boxes.ts';
import type { Box } from './boxes.ts';
import { claimBox } from './claim.ts';
import { createEntryCursor } from './entry-cursor.ts';

/** What became of the items of a box. */
export interface Redelivered {
  readonly delivered: number;
  /** Refused once more, and set aside again. */
  readonly refused: number;
  /** Why the sink was given up on; undefined where everything was tried. */
  readonly failure: string | undefined;
}

/** Where to send to, and what with. */
export interface Target {
  readonly factory: ExporterFactory;
  readonly spec: ComponentSpec;
  readonly config: Config;
  readonly services: Services;
  /** Whether it is the exporter that refused the entries: then only the route is sent that was refused. */
  readonly isOrigin: boolean;
  /** How long a sink that takes nothing is tried. */
  readonly patienceMs: number;
}

/** Lines read and set aside again at once. */
const batchSize = 256;

/**
 * Sends what is in a box through the delivery loop of the daemon. What is not delivered is back in the box when this
 * resolves, and what a daemon adds meanwhile stays there.
 */
export async function redeliver(box: Box, target: Target): Promise<Redelivered> {
  const exporter = createExporter(target);
  const jobs = await createJobs(box, target);
  await exporter.start?.();
  try {
    return await workThrough(box, target, { exporter, ...jobs });
  } finally {
    await exporter.shutdown?.();
  }
}

function createExporter({ factory, spec, config, services }: Target): Exporter {
  const { id } = spec;
  const context = createContext(services, config, 'exporter', { id, metrics: factory.metrics });
  // The embedded store is the running daemon's.
  const connection = readChdbConnection(config.dataDir);
  const offer = (name: string): unknown => (name === connectionOffer ? connection : undefined);
  return factory.create(spec.raw, { ...context, offer });
}

async function workThrough(
  box: Box,
  target: Target,
  sink: Pick<DeliveryOptions, 'exporter' | 'encode' | 'split'>,
): Promise<Redelivered> {
  const { clock, logger } = target.services;
  const unwritten: Error[] = [];
  const deadLetter = openDeadLetterFile({
    folder: box.folder,
    clock,
    // Only the daemon makes room by deleting.
    maxBytes: Infinity,
    counted: (what, _items, error) => {
      if (what === 'unwritten') unwritten.push(error ?? new Error('it could not be written'));
    },
  });
  const claim = await claimBox(box);
  const entries = entriesOf(box.folder, claim.files);
  const cursor = createEntryCursor(entries, { keepsRoutes: target.isOrigin });
  const gate = createAuthGate(clock, logger);
  const failures = createFailureLog(logger, clock);
  const run = await runLoop(target, { ...sink, cursor, gate, deadLetter, clock, failures });
  await setAside(cursor.rest(), deadLetter);
  // The claimed files still hold what could not be written back.
  const [error] = unwritten;
  if (error !== undefined) throw error;
  await claim.release();
  return run;
}

type LoopParts = Omit<DeliveryOptions, 'settings' | 'events'>;

async function runLoop(target: Target, parts: LoopParts): Promise<Redelivered> {
  const { factory, spec, patienceMs, services } = target;
  const result = { delivered: 0, refused: 0 };
  const settings = factory.delivery(spec.raw);
  let failure: string | undefined;
  let takenAtMs = services.clock.monotonic();
  const delivery: Delivery = createDelivery({
    ...parts,
    settings: { ...settings, retry: { ...settings.retry, enabled: true, maxElapsedMs: 0 } },
    events: {
      settled: (delivered, dropped) => {
        result.delivered += delivered;
        for (const items of dropped.values()) result.refused += items;
      },
      attempted: (outcome) => {
        const nowMs = services.clock.monotonic();
        if (outcome.kind !== 'retryable') takenAtMs = nowMs;
        else if (outcome.cause === 'auth' || nowMs - takenAtMs > patienceMs) {
          failure ??= outcome.message;
          void delivery.release(0);
        }
      },
    },
  });
  delivery.start();
  // The loop ends by itself when it has read everything.
  await delivery.stop(maxTimerMs);
  return { ...result, failure };
}

async function createJobs(
  box: Box,
  { factory, spec, config, services }: Target,
): Promise<Pick<DeliveryOptions, 'encode' | 'split'>> {
  const { id } = spec;
  const signal = box.pipeline.split('/', 1)[0] ?? '';
  const hasEncoder = factory.type in workerParts.encode && factory.encodes(spec.raw);
  const context = createContext(services, config, 'exporter', { id, metrics: factory.metrics });
  const prepared = hasEncoder ? await factory.prepare(spec.raw, context) : undefined;
  const part = {
    part: 'encode',
    type: factory.type,
    id,
    config: factory.schema.parse(spec.raw),
    prepared,
  } as const;
  const encoders = hasEncoder && isSignal(signal) ? [{ signal, part }] : [];
  const runner = await createTaskRunner({ chains: [], encoders, tables: new Map() }, workerParts);
  const jobs: DeliveryJobs = createDeliveryJobs(createInlinePool(runner), () => undefined);
  return {
    split: (slice) => jobs.split(slice),
    ...(encoders.length > 0 && { encode: (slice) => jobs.encode(0, slice) }),
  };
}

async function setAside(
  entries: AsyncGenerator<StoredEntry>,
  deadLetter: DeadLetter,
): Promise<void> {
  let batch: DeadLetterEntry[] = [];
  for await (const entry of entries) {
    batch.push(toDeadLetter(entry));
    if (batch.length < batchSize) continue;
    await deadLetter.add(batch);
    batch = [];
  }
  if (batch.length > 0) await deadLetter.add(batch);
}

function toDeadLetter(entry: StoredEntry): DeadLetterEntry {
  const { id, time, signal, items, reason, error, route, request: bytes } = entry;
  const slice = { signal, bytes, items };
  return { id, time, slice, items, reason, error, ...(route !== undefined && { route }) };
}
