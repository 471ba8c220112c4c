import { parse } from 'yaml';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { ByteBudget } from '../../pipeline/component/budget.ts';
import type { ComponentContext, Logger, LogFields } from '../../pipeline/component/context.ts';
import type { Ingress, IngressRequest, Receiver } from '../../pipeline/component/receiver.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { Verdict } from '../../pipeline/component/verdict.ts';
import { otlpReceiver } from '../../receivers/otlp/factory.ts';

/** One line that the receiver logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** How the pipelines behind the receiver behave. */
export interface PipelineStub {
  readonly verdict?: (request: IngressRequest) => Promise<Verdict> | Verdict;
  readonly accepts?: (signal: Signal) => boolean;
  readonly budget?: ByteBudget;
}

/** A running receiver with what it did. */
export interface StartedReceiver {
  readonly receiver: Receiver;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly requests: IngressRequest[];
  readonly logs: LogLine[];
  readonly budget: ByteBudget;
  /** Value of a counter whose labels' values, joined by a comma, are `labels`. */
  counter(name: string, labels: string): number;
}

/** What a pipeline says that took everything. */
export const accepted: Verdict = { kind: 'accepted', rejectedItems: 0, message: '' };

/** Builds an `otlp` receiver from YAML through its factory, in front of pipelines that are a stub. */
export function createOtlpReceiver(yaml: string, stub: PipelineStub = {}): StartedReceiver {
  const requests: IngressRequest[] = [];
  const logs: LogLine[] = [];
  const counters = new Map<string, number>();
  const budget = stub.budget ?? createByteBudget(256 * 1024 * 1024);
  const ingress: Ingress = {
    accepts: stub.accepts ?? (() => true),
    consume: async (request) => {
      requests.push(request);
      return (await stub.verdict?.(request)) ?? accepted;
    },
  };
  const context: ComponentContext = {
    id: 'otlp',
    logger: createLogger(logs),
    meter: {
      count(name, labels = {}, value = 1) {
        const key = `${name} ${Object.values(labels).join(',')}`;
        counters.set(key, (counters.get(key) ?? 0) + value);
      },
      gauge: () => undefined,
      observe: () => undefined,
    },
    clock: {
      now: Date.now,
      monotonic: () => performance.now(),
      sleep: () => Promise.resolve(),
    },
    dataDir: '/nonexistent',
    ingressBudget: budget,
    offer: () => undefined,
  };
  const portOf = (message: string): number =>
    Number(logs.find((line) => line.message === message)?.fields['port']);
  return {
    receiver: otlpReceiver.create(parse(yaml), context, ingress),
    get grpcPort() {
      return portOf('OTLP/gRPC listens');
    },
    get httpPort() {
      return portOf('OTLP/HTTP listens');
    },
    requests,
    logs,
    budget,
    counter: (name, labels) => counters.get(`${name} ${labels}`) ?? 0,
  };
}

/** As `createOtlpReceiver`, started. */
export async function startOtlpReceiver(
  yaml: string,
  stub: PipelineStub = {},
): Promise<StartedReceiver> {
  const started = createOtlpReceiver(yaml, stub);
  await started.receiver.start?.();
  return started;
}

function createLogger(logs: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      logs.push({ level, message, fields });
    };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}
