import type { PipelineSpec } from './config.ts';
import type { ReferenceContext } from './check-pipelines.ts';
import { locate } from './node.ts';
import { reportError } from './sections.ts';

/** Checks that an id means one thing, that connectors join pipelines they can join, and that no data goes in circles. */
export function checkConnectors(
  pipelines: readonly PipelineSpec[],
  context: ReferenceContext,
): void {
  checkAmbiguity(context);
  for (const [id, component] of context.components.known.connectors) {
    if (component.factory.kind !== 'connector') continue;
    checkJoins(id, component.factory.connects, pipelines, context);
  }
  checkCycles(pipelines, context);
}

function checkAmbiguity({ root, components, report }: ReferenceContext): void {
  for (const id of components.written.connectors.keys()) {
    for (const kind of ['receivers', 'exporters'] as const) {
      if (!components.written[kind].has(id)) continue;
      const message = `"${id}" is configured under "${kind}" and under "connectors"; rename one, such as "${id}/2"`;
      reportError(report, root, ['connectors', id], { code: 'ambiguous_id', message });
    }
  }
}

function checkJoins(
  id: string,
  connects: readonly { readonly from: string; readonly to: string }[],
  pipelines: readonly PipelineSpec[],
  context: ReferenceContext,
): void {
  const { report, root } = context;
  const sources = pipelines.filter((pipeline) => pipeline.exporters.includes(id));
  const targets = pipelines.filter((pipeline) => pipeline.receivers.includes(id));
  if (sources.length === 0 && targets.length === 0) return;
  if (sources.length === 0 || targets.length === 0) {
    const [used, missing] =
      sources.length === 0 ? ['receiver', 'exporter'] : ['exporter', 'receiver'];
    const message = `connector "${id}" is used as ${used} only; it must also be ${missing} of a pipeline`;
    reportError(report, root, ['connectors', id], { code: 'unconnected_connector', message });
    return;
  }
  const joins = (from: PipelineSpec, to: PipelineSpec): boolean =>
    connects.some((pair) => pair.from === from.signal && pair.to === to.signal);
  const pairs = connects.map((pair) => `${pair.from} to ${pair.to}`).join(', ');
  const reportUnjoined = (pipeline: PipelineSpec, role: 'receivers' | 'exporters'): void => {
    const path = [context.service, 'pipelines', pipeline.id, role, pipeline[role].indexOf(id)];
    const message = `connector "${id}" cannot join ${pipeline.id} to any pipeline at its other side (it joins ${pairs})`;
    reportError(report, root, path, { code: 'unconnected_connector', message });
  };
  for (const source of sources) {
    if (!targets.some((target) => joins(source, target))) reportUnjoined(source, 'exporters');
  }
  for (const target of targets) {
    if (!sources.some((source) => joins(source, target))) reportUnjoined(target, 'receivers');
  }
}

function checkCycles(pipelines: readonly PipelineSpec[], context: ReferenceContext): void {
  const connectors = context.components.known.connectors;
  const done = new Set<string>();
  const visit = (pipeline: PipelineSpec, trail: readonly string[]): void => {
    for (const id of pipeline.exporters) {
      if (!connectors.has(id)) continue;
      for (const next of pipelines.filter((other) => other.receivers.includes(id))) {
        const path = [...trail, id, next.id];
        const start = trail.indexOf(next.id);
        if (start >= 0) reportCycle(path.slice(start), context);
        else if (!done.has(next.id)) visit(next, path);
      }
    }
    done.add(pipeline.id);
  };
  for (const pipeline of pipelines) if (!done.has(pipeline.id)) visit(pipeline, [pipeline.id]);
}

function reportCycle(cycle: readonly string[], { root, service, report }: ReferenceContext): void {
  const [first = ''] = cycle;
  const path = [service, 'pipelines', first];
  if (locate(root, path).node === undefined) return;
  const message = `data would go in a circle: ${cycle.join(' -> ')}`;
  reportError(report, root, path, { code: 'cycle', message });
}
