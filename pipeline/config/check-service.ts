import type { z } from 'zod';
import type { EngineConfig, TelemetryConfig } from './config.ts';
import type { ItemLimits } from '../batch/trim.ts';
import { conform } from './conform.ts';
import type { Report } from './diagnostic.ts';
import { isNull, type ConfigNode, type MapNode } from './node.ts';
import { reportIssues } from './report-issues.ts';
import { toInputSchema } from './schema-walk.ts';
import type { Section, Sections } from './sections.ts';
import {
  budgetsSchema,
  serviceSchema,
  testsSchema,
  type BudgetSettings,
  type ServiceSettings,
} from './service-schema.ts';

/** The settings outside components, and where `service` stands, for the checks that follow. */
export interface CheckedService {
  readonly telemetry: TelemetryConfig;
  readonly engine: EngineConfig;
  readonly dataDir: string;
  /** The key `service` as written. */
  readonly written: string;
  readonly node: ConfigNode | undefined;
}

/** Checks `service`, `budgets` and `tests`; what is wrong in them is reported, and defaults stand in for it. */
export function checkService(root: MapNode, sections: Sections, report: Report): CheckedService {
  const check = <Schema extends z.ZodType>(
    name: Section,
    schema: Schema,
  ): z.output<Schema> | undefined => {
    const section = sections.get(name);
    if (section === undefined || isNull(section.node)) return undefined;
    const conformed = conform(schema, section.node);
    // conform() parsed it with this very schema.
    if (conformed.ok) return conformed.output as z.output<Schema>;
    const part = {
      node: section.node,
      path: [section.written],
      schema: toInputSchema(schema),
    };
    reportIssues(conformed.issues, part, report);
    return undefined;
  };
  const service = check('service', serviceSchema) ?? serviceSchema.parse({});
  const budgets = check('budgets', budgetsSchema) ?? budgetsSchema.parse({});
  if ((check('tests', testsSchema) ?? []).length > 0) warnOfTests(sections, report);
  const section = sections.get('service');
  if (section === undefined) {
    const message = '"service" with at least one pipeline is required; nothing runs without it';
    const position = { file: root.position.file, line: 0, column: 0 };
    report({ severity: 'error', code: 'missing_key', path: '', message, position });
  }
  return {
    telemetry: toTelemetry(service),
    engine: toEngine(service, budgets),
    dataDir: service.data_dir,
    written: section?.written ?? 'service',
    node: section?.node,
  };
}

/** Nobody may take tests for passed that were never run. */
function warnOfTests(sections: Sections, report: Report): void {
  const section = sections.get('tests');
  if (section === undefined) return;
  const { written, node } = section;
  const message = 'read, and nothing runs them: "weir test" is not in this build';
  report({
    severity: 'warning',
    code: 'no_effect',
    path: written,
    message,
    position: node.position,
  });
}

function toTelemetry({ telemetry: { logs, metrics } }: ServiceSettings): TelemetryConfig {
  const prometheus = (metrics.readers ?? []).flatMap(
    (reader) => reader.pull?.exporter.prometheus ?? [],
  )[0];
  const fromReader =
    prometheus === undefined ? undefined : hostPort(prometheus.host, prometheus.port);
  return {
    logs: { level: logs.level, encoding: logs.encoding },
    metrics: {
      enabled: metrics.level !== 'none',
      endpoint: metrics.endpoint ?? metrics.address ?? fromReader ?? '127.0.0.1:8888',
      collectorNames: metrics.collector_names,
    },
  };
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function toEngine(service: ServiceSettings, budgets: BudgetSettings): EngineConfig {
  return {
    workers: service.workers,
    ingressBytes: budgets.ingress,
    itemLimits: toItemLimits(budgets),
    shutdownMs: service.shutdown_timeout,
  };
}

function toItemLimits({ item }: BudgetSettings): ItemLimits {
  const { attributes, events, links, value } = item;
  return { attributes, events, links, valueBytes: value };
}
