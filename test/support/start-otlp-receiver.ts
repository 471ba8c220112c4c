import { parse } from 'yaml';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { ByteBudget } from '../../pipeline/component/budget.ts';
import type { Meter } from '../../pipeline/component/context.ts';
import type { Ingress, IngressRequest, Receiver } from '../../pipeline/component/receiver.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { Verdict } from '../../pipeline/component/verdict.ts';
import { otlpReceiver } from '../../receivers/otlp/factory.ts';
import { createRecordingContext } from './component-context.ts';
import type { RecordingContext } from './component-context.ts';

/** How the pipelines behind the receiver behave. */
export interface PipelineStub {
  readonly verdict?: (request: IngressRequest) => Promise<Verdict> | Verdict;
  readonly accepts?: (signal: Signal) => boolean;
  readonly budget?: ByteBudget;
  /** False where there will be too many to remember, and nothing is to be counted; true by default. */
  readonly keepRequests?: boolean;
}

/** A running receiver with what it did. */
export interface StartedReceiver {
  readonly receiver: Receiver;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly requests: IngressRequest[];
  readonly logs: RecordingContext['lines'];
  readonly budget: ByteBudget;
  /** Sum of a counter where its labels' values, joined by commas, are `values`. */
  counter(name: string, values: string): number;
}

/** What a pipeline says that took everything. */
export const accepted: Verdict = { kind: 'accepted', rejectedItems: 0, message: '' };

/** Builds an `otlp` receiver from YAML through its factory, in front of pipelines that are a stub. */
export function createOtlpReceiver(yaml: string, stub: PipelineStub = {}): StartedReceiver {
  const requests: IngressRequest[] = [];
  const budget = stub.budget ?? createByteBudget(256 * 1024 * 1024);
  const ingress: Ingress = {
    accepts: stub.accepts ?? (() => true),
    consume: async (request) => {
      // The receiver frees the body once it is answered.
      const { body } = request;
      if (stub.keepRequests !== false) requests.push({ ...request, body: Buffer.from(body) });
      return (await stub.verdict?.(request)) ?? accepted;
    },
    settled: () => Promise.resolve(),
  };
  const context = createRecordingContext('otlp', {
    ingressBudget: budget,
    ...(stub.keepRequests === false && { meter: silentMeter }),
  });
  const portOf = (message: string): number =>
    Number(context.lines.find((line) => line.message === message)?.fields['port']);
  return {
    receiver: otlpReceiver.create(parse(yaml), context, ingress),
    get grpcPort() {
      return portOf('OTLP/gRPC listens');
    },
    get httpPort() {
      return portOf('OTLP/HTTP listens');
    },
    requests,
    logs: context.lines,
    budget,
    counter: (name, values) =>
      context.counted
        .filter((one) => one.name === name && Object.values(one.labels).join(',') === values)
        .reduce((sum, one) => sum + one.value, 0),
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

const silentMeter: Meter = {
  counter: () => ({ add: () => undefined }),
  count: () => undefined,
  gauge: () => undefined,
  observe: () => undefined,
};
