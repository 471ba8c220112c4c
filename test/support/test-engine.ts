import { fileURLToPath } from 'node:url';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { Verdict } from '../../pipeline/component/verdict.ts';
import type { Config } from '../../pipeline/config/config.ts';
import { loadConfig } from '../../pipeline/config/load.ts';
import { buildEngine } from '../../pipeline/graph/engine.ts';
import type { Engine } from '../../pipeline/graph/engine.ts';
import type { Services } from '../../pipeline/graph/services.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';
import { createOwnMetrics } from '../../pipeline/telemetry/own-metrics.ts';
import type { OwnMetrics } from '../../pipeline/telemetry/own-metrics.ts';
import { createRecordingContext } from './component-context.ts';
import type { RecordingContext } from './component-context.ts';
import { spanRequest } from './span-request.ts';
import { createTestBench } from './test-components.ts';
import type { TestBench } from './test-components.ts';
import { testParts } from './test-parts.ts';

/** An engine of test components, built from YAML. */
export interface TestEngine {
  readonly bench: TestBench;
  readonly engine: Engine;
  readonly metrics: OwnMetrics;
  readonly ingressBudget: Services['ingressBudget'];
  /** What it logged. */
  readonly lines: RecordingContext['lines'];
  /** Sends a traces request with a span for each name through a receiver. */
  readonly send: (receiver: string, ...names: string[]) => Promise<Verdict>;
}

/** Loads a configuration text. @throws Error with what is wrong with it. */
export async function loadTestConfig(yaml: string, bench: TestBench): Promise<Config> {
  const result = await loadConfig({
    sources: [{ kind: 'text', name: 'test', text: yaml }],
    sets: [],
    env: {},
    registry: bench.registry,
    cwd: '/',
  });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('; '));
  return result.config;
}

/** Builds an engine; `bench` is there to be told what to do before it starts. */
export async function buildTestEngine(
  yaml: string,
  bench = createTestBench(),
): Promise<TestEngine> {
  const metrics = createOwnMetrics({ ofProcess: false });
  const { logger, lines } = createRecordingContext('test');
  const services: Services = {
    parts: testParts,
    workerEntry: fileURLToPath(new URL('./test-worker.js', import.meta.url)),
    logger,
    metrics,
    clock: systemClock,
    ingressBudget: createByteBudget(1e8),
    offers: new Map(),
  };
  const engine = await buildEngine(await loadTestConfig(yaml, bench), services);
  const send: TestEngine['send'] = async (receiver, ...names) => {
    const ingress = bench.ingress.get(receiver);
    if (ingress === undefined) throw new Error(`no receiver ${receiver}`);
    return ingress.consume({
      signal: 'traces',
      body: spanRequest(names),
      encoding: 'protobuf',
      compression: 'identity',
      maxBytes: 1e6,
      stamps: [],
    });
  };
  const { ingressBudget } = services;
  return { bench, engine, metrics, ingressBudget, lines, send };
}
