import { createOtlpExporter } from '../../exporters/otlp/otlp.ts';
import { otlpConfig } from '../../exporters/otlp/config.ts';
import { otlpHttpConfig } from '../../exporters/otlp_http/config.ts';
import { createOtlpHttpExporter } from '../../exporters/otlp_http/otlp-http.ts';
import { createByteBudget } from '../../pipeline/admission/byte-budget.ts';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';
import { silentLogger } from '../../pipeline/telemetry/silent-logger.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';

/** How a command speaks to an OTLP endpoint. */
export type OtlpProtocol = 'grpc' | 'http_proto' | 'http_json';

/** Sends requests as an application's SDK does, by Weir's own exporters; never repeats. */
export interface OtlpSender {
  /** `body` is protobuf, for `http_json` JSON. */
  send(signal: Signal, body: Uint8Array): Promise<Outcome>;
  close(): Promise<void>;
}

const attemptTimeoutMs = 10_000;

/**
 * Makes a sender to `endpoint`, a base URL with scheme.
 * @throws CommandFailure (usage) where the endpoint is none.
 */
export async function createOtlpSender(
  protocol: OtlpProtocol,
  endpoint: string,
): Promise<OtlpSender> {
  const exporter = createExporter(protocol, endpoint);
  await exporter.start?.();
  let count = 0;
  return {
    send: (signal, body) => {
      count += 1;
      const abort = AbortSignal.timeout(attemptTimeoutMs);
      return exporter.send({ body, items: 0 }, { id: String(count), signal, attempt: 1, abort });
    },
    close: async () => exporter.shutdown?.(),
  };
}

function createExporter(protocol: OtlpProtocol, endpoint: string): Exporter {
  const context = commandContext();
  if (protocol === 'grpc') {
    const parsed = otlpConfig.safeParse({ endpoint });
    if (!parsed.success) throw endpointMistake(parsed.error.issues);
    return createOtlpExporter(parsed.data, context);
  }
  const encoding = protocol === 'http_json' ? 'json' : 'proto';
  const parsed = otlpHttpConfig.safeParse({ endpoint, encoding });
  if (!parsed.success) throw endpointMistake(parsed.error.issues);
  return createOtlpHttpExporter(parsed.data, context);
}

function endpointMistake(issues: readonly { readonly message: string }[]): CommandFailure {
  const reasons = issues.map((issue) => issue.message).join('; ');
  return new CommandFailure(`the endpoint cannot be used: ${reasons}`, exitCodes.usage);
}

/** Commands count what they send themselves, so the exporters' logs and metrics go nowhere. */
function commandContext(): ComponentContext {
  return {
    id: 'command',
    logger: silentLogger,
    meter: {
      counter: () => ({ add: () => undefined }),
      count: () => undefined,
      gauge: () => undefined,
      observe: () => undefined,
    },
    clock: systemClock,
    dataDir: '.',
    ingressBudget: createByteBudget(0),
    offer: () => undefined,
  };
}
