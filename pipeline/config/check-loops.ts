import { listenersOf, type Listener } from './check-endpoints.ts';
import type { ReferenceContext } from './check-pipelines.ts';
import type { PipelineSpec } from './config.ts';
import { type ExporterInUse, exportersInUse } from './exporters-in-use.ts';
import { formatPath, locate } from './node.ts';

/** An exporter of one pipeline that sends to the port on which a receiver of another, or of the same, listens. */
interface Loopback {
  readonly exporter: string;
  readonly listener: Listener;
  readonly from: PipelineSpec;
  readonly to: PipelineSpec;
}

/**
 * Warns of exporters that send to a receiver of the same daemon from which the data comes to them again: one request would
 * go round for ever. Sending to oneself without coming back is no loop.
 */
export function checkLoops(pipelines: readonly PipelineSpec[], context: ReferenceContext): void {
  const loopbacks = exportersInUse(pipelines, context).flatMap((exporter) =>
    loopbacksOf(exporter, pipelines, context),
  );
  const next = (pipeline: PipelineSpec): PipelineSpec[] => [
    ...pipelines.filter(({ receivers }) =>
      receivers.some(
        (id) => context.components.known.connectors.has(id) && pipeline.exporters.includes(id),
      ),
    ),
    ...loopbacks.filter(({ from }) => from === pipeline).map(({ to }) => to),
  ];
  const warned = new Set<string>();
  for (const { exporter, listener, from, to } of loopbacks) {
    if (warned.has(exporter) || !reaches(to, from, next)) continue;
    warned.add(exporter);
    reportLoop(exporter, listener, context);
  }
}

function loopbacksOf(
  { factory, spec, pipelines: sources }: ExporterInUse,
  pipelines: readonly PipelineSpec[],
  { components }: ReferenceContext,
): Loopback[] {
  return sources.flatMap((from) => {
    const target = factory.sendsTo(spec.raw, from.signal);
    if (target === undefined) return [];
    return [...components.known.receivers].flatMap(([id, receiver]) => {
      const listener = listenersOf(receiver).find((one) => isAt(target, one));
      if (listener === undefined) return [];
      return pipelines
        .filter(({ receivers, signal }) => receivers.includes(id) && signal === from.signal)
        .map((to) => ({ exporter: spec.id, listener, from, to }));
    });
  });
}

const local = /^(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|::1?|)$/i;

const authority = /^(?:[a-z][a-z0-9+.-]*:\/{0,3})?(?:\[(.*)\]|([^:/[\]]+)):(\d+)(?:\/.*)?$/i;

/** True where a client of `target` would reach the listener: its own host's addresses are told by name only. */
function isAt(target: string, { host, port }: Listener): boolean {
  const [, bracketed, plain, itsPort] = authority.exec(target) ?? [];
  if (itsPort !== port) return false;
  const name = bracketed ?? plain ?? '';
  return name === host || (local.test(name) && local.test(host));
}

function reaches(
  from: PipelineSpec,
  to: PipelineSpec,
  next: (pipeline: PipelineSpec) => readonly PipelineSpec[],
): boolean {
  const seen = new Set([from]);
  for (const pipeline of seen) for (const other of next(pipeline)) seen.add(other);
  return seen.has(to);
}

function reportLoop(
  exporter: string,
  listener: Listener,
  { root, report }: ReferenceContext,
): void {
  const path = ['exporters', exporter];
  report({
    severity: 'warning',
    code: 'cycle',
    path: formatPath(path),
    message: `sends to ${formatPath(listener.path)} of this configuration, which hands it to the same pipeline again: every request would go round for ever; set the endpoint of another server`,
    position: locate(root, path).position,
  });
}
