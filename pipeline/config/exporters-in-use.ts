import type { ExporterFactory } from '../component/exporter.ts';
import type { ReferenceContext } from './check-pipelines.ts';
import type { ComponentSpec, PipelineSpec } from './config.ts';
import { isExporterFactory } from './factory-kind.ts';

/** An exporter that is configured without a mistake. */
export interface ExporterInUse {
  readonly factory: ExporterFactory;
  readonly spec: ComponentSpec;
  /** Those that it is part of, one at least. */
  readonly pipelines: readonly PipelineSpec[];
}

/** Exporters that run, with their pipelines; what is wrong with others was said before. */
export function exportersInUse(
  pipelines: readonly PipelineSpec[],
  { components }: ReferenceContext,
): ExporterInUse[] {
  return [...components.known.exporters.values()].flatMap(({ factory, spec, output }) => {
    if (!isExporterFactory(factory) || output === undefined) return [];
    const own = pipelines.filter(({ exporters }) => exporters.includes(spec.id));
    return own.length === 0 ? [] : [{ factory, spec, pipelines: own }];
  });
}
