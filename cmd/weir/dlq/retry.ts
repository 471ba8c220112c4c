import { otlpHttpExporter } from '../../../exporters/otlp_http/factory.ts';
import type { Config } from '../../../pipeline/config/config.ts';
import { factoryOf } from '../../../pipeline/graph/plan.ts';
import type { Services } from '../../../pipeline/graph/services.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';
import { printJson, tell } from '../terminal.ts';
import type { Box } from './boxes.ts';
import { redeliver } from './redeliver.ts';
import type { Redelivered, Target } from './redeliver.ts';

/** What `weir dlq retry` was asked for. */
export interface RetryRequest {
  readonly exporter: string;
  readonly pipeline: string | undefined;
  /** Base URL of an OTLP/HTTP server to send to instead. */
  readonly to: string | undefined;
  readonly patienceMs: number;
  readonly json: boolean;
}

/**
 * Sends what an exporter refused once more, and says what became of it.
 * @throws CommandFailure where something is left: 69 where the sink could not be reached, 1 where it refused again.
 */
export async function retryBoxes(
  boxes: readonly Box[],
  request: RetryRequest,
  { config, services }: { readonly config: Config; readonly services: Services },
): Promise<void> {
  const { exporter, pipeline, json } = request;
  const wanted = boxes.filter(
    (box) => box.exporter === exporter && (pipeline === undefined || box.pipeline === pipeline),
  );
  const target = toTarget(request, config, services);
  const total: { delivered: number; refused: number; failure?: string } = {
    delivered: 0,
    refused: 0,
  };
  for (const box of wanted) {
    const run: Redelivered = await redeliver(box, target);
    total.delivered += run.delivered;
    total.refused += run.refused;
    if (run.failure === undefined) continue;
    total.failure = run.failure;
    break;
  }
  if (json) printJson(total);
  else tell(describe(total));
  if (total.failure !== undefined) throw new CommandFailure('', exitCodes.unreachable);
  if (total.refused > 0) throw new CommandFailure('', exitCodes.failed);
}

function describe(total: {
  readonly delivered: number;
  readonly refused: number;
  readonly failure?: string;
}): string {
  const { delivered, refused, failure } = total;
  if (failure !== undefined) {
    return `${delivered} items delivered; the rest stays set aside, because the sink does not take it: ${failure}`;
  }
  if (delivered + refused === 0) return 'nothing is set aside';
  const again = refused > 0 ? `; ${refused} refused again and set aside` : '';
  return `${delivered} items delivered${again}`;
}

function toTarget(
  { exporter: id, to, patienceMs }: RetryRequest,
  config: Config,
  services: Services,
): Target {
  const common = { config, services, patienceMs };
  const position = { file: '--to', line: 1, column: 1 };
  if (to !== undefined) {
    const raw = { endpoint: to };
    const parsed = otlpHttpExporter.schema.safeParse(raw);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new CommandFailure(`weir dlq: --to: ${issue?.message ?? 'no URL'}`, exitCodes.usage);
    }
    const spec = { id: 'otlp_http', type: 'otlp_http', raw, position };
    return { ...common, factory: otlpHttpExporter, spec, isOrigin: false };
  }
  const spec = config.exporters.get(id);
  if (spec === undefined) {
    throw new CommandFailure(
      `weir dlq: the configuration has no exporter "${id}": name one it has, or say with --to where to send`,
      exitCodes.usage,
    );
  }
  const factory = factoryOf(config.factories.exporters, spec);
  return { ...common, factory, spec, isOrigin: true };
}
