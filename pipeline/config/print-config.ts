import { stringify } from 'yaml';
import type { Factories } from '../component/registry.ts';
import type { ComponentSpec, Config, EngineConfig } from './config.ts';
import { componentKinds, type ComponentKind } from './foreign-components.ts';
import { formatByteSize, formatDuration } from './format-size.ts';
import type { NodePath } from './node.ts';
import { toInputSchema, type JsonSchema } from './schema-walk.ts';
import { isSensitivePath, redacted, redactUrls } from './sensitive.ts';

/** The configuration in force as plain data in the form of the YAML, secrets shown as `[REDACTED]`. */
export function toPrintableConfig(config: Config): Record<string, unknown> {
  const sections = componentKinds
    .map((kind) => [kind, printableSection(config[kind], config.factories[kind])] as const)
    .filter(([, section]) => Object.keys(section).length > 0);
  return {
    ...Object.fromEntries(sections),
    service: printableService(config),
    budgets: printableBudgets(config.engine),
  };
}

/** The same as YAML: merged, expanded, and a valid configuration again but for the secrets. */
export function printConfig(config: Config): string {
  return stringify(toPrintableConfig(config), { lineWidth: 0 });
}

function printableSection(
  specs: ReadonlyMap<string, ComponentSpec>,
  factories: Factories[ComponentKind],
): Record<string, unknown> {
  const entries = [...specs].map(([id, { type, raw }]) => {
    const factory = factories.get(type);
    const schema = factory === undefined ? {} : toInputSchema(factory.schema);
    return [id, redactSecrets(raw, schema)] as const;
  });
  return Object.fromEntries(entries);
}

/** A copy of data with every secret in it replaced: flagged in the schema, under `headers`, or in a URL. */
function redactSecrets(value: unknown, schema: JsonSchema, path: NodePath = []): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => redactSecrets(item, schema, [...path, index]));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, child]: [string, unknown]) =>
        [key, redactSecrets(child, schema, [...path, key])] as const,
    );
    return Object.fromEntries(entries);
  }
  if (value !== undefined && value !== null && value !== '' && isSensitivePath(schema, path)) {
    return redacted;
  }
  return typeof value === 'string' ? redactUrls(value) : value;
}

function printableBudgets({ ingressBytes, itemLimits }: EngineConfig): Record<string, unknown> {
  const { valueBytes, ...counts } = itemLimits;
  return {
    ...(ingressBytes !== undefined && { ingress: formatByteSize(ingressBytes) }),
    item: { ...counts, value: formatByteSize(valueBytes) },
  };
}

function printableService(config: Config): Record<string, unknown> {
  const { logs, metrics } = config.telemetry;
  const pipelines = config.pipelines.map(({ id, receivers, processors, exporters }) => [
    id,
    { receivers, ...(processors.length === 0 ? {} : { processors }), exporters },
  ]);
  return {
    ...(config.enabledExtensions.length === 0 ? {} : { extensions: config.enabledExtensions }),
    pipelines: Object.fromEntries(pipelines) as Record<string, unknown>,
    data_dir: config.dataDir,
    ...(config.engine.workers === undefined ? {} : { workers: config.engine.workers }),
    shutdown_timeout: formatDuration(config.engine.shutdownMs),
    telemetry: {
      logs,
      metrics: {
        level: metrics.enabled ? 'normal' : 'none',
        endpoint: metrics.endpoint,
        collector_names: metrics.collectorNames,
      },
    },
  };
}
