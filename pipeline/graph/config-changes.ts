import { isDeepStrictEqual } from 'node:util';
import type { ComponentSpec, Config, PipelineSpec } from '../config/config.ts';

/** What differs between two configurations, for people. */
export interface ConfigChanges {
  /** As `+ exporters.otlp`, `- …`, `~ …`: added, removed, changed. */
  readonly changed: readonly string[];
  /** Keys whose new value takes effect with the next start only. */
  readonly needRestart: readonly string[];
}

const sections = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const;

/** Compares what two configurations say; where in their files does not matter. */
export function compareConfigs(old: Config, next: Config): ConfigChanges {
  const pipelines = (config: Config): Map<string, PipelineSpec> =>
    new Map(config.pipelines.map((pipeline) => [pipeline.id, pipeline]));
  const changed = [
    ...sections.flatMap((section) => compareMaps(section, old[section], next[section], isSameSpec)),
    ...compareMaps('service.pipelines', pipelines(old), pipelines(next), isDeepStrictEqual),
    ...(isDeepStrictEqual(old.enabledExtensions, next.enabledExtensions)
      ? []
      : ['~ service.extensions']),
    ...(old.engine.workers === next.engine.workers ? [] : ['~ service.workers']),
    ...(old.engine.ingressBytes === next.engine.ingressBytes ? [] : ['~ budgets.ingress']),
    ...(old.engine.shutdownMs === next.engine.shutdownMs ? [] : ['~ service.shutdown_timeout']),
  ];
  const fixed = [
    ['service.data_dir', old.dataDir, next.dataDir],
    ['service.telemetry.logs', old.telemetry.logs, next.telemetry.logs],
    ['service.telemetry.metrics', old.telemetry.metrics, next.telemetry.metrics],
  ] as const;
  const needRestart = fixed
    .filter(([, before, after]) => !isDeepStrictEqual(before, after))
    .map(([key]) => key);
  return { changed, needRestart };
}

/** Whether a component is configured the same. */
export function isSameSpec(
  left: ComponentSpec | undefined,
  right: ComponentSpec | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.type === right.type && isDeepStrictEqual(left.raw, right.raw);
}

function compareMaps<T>(
  section: string,
  old: ReadonlyMap<string, T>,
  next: ReadonlyMap<string, T>,
  isSame: (left: T, right: T) => boolean,
): readonly string[] {
  const ids = [...new Set([...old.keys(), ...next.keys()])].sort();
  return ids.flatMap((id) => {
    const [before, after] = [old.get(id), next.get(id)];
    if (before === undefined) return [`+ ${section}.${id}`];
    if (after === undefined) return [`- ${section}.${id}`];
    return isSame(before, after) ? [] : [`~ ${section}.${id}`];
  });
}
