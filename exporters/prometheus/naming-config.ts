import { z } from 'zod';

/** `namespace` of the exporters that write Prometheus metrics. */
export const namespace = z
  .string()
  .default('')
  .meta({ description: 'What every metric name begins with, before an underscore.' });

/** `add_metric_suffixes` of the same: what decides where no `translation_strategy` is given. */
export const addMetricSuffixes = z
  .boolean()
  .default(true)
  .meta({ description: 'Add units and _total to names; see `translation_strategy`.' });

/** The key by which scope labels are left out: `without_scope_info` or `disable_scope_info`. */
export const withoutScopeInfo = z
  .boolean()
  .default(false)
  .meta({ description: 'Leave out otel_scope_name and otel_scope_version.' });

/** `resource_to_telemetry_conversion` of the same. */
export const resourceToTelemetryConversion = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .meta({ description: 'Make every resource attribute a label of every series.' }),
    exclude_service_attributes: z.boolean().default(false).meta({
      description: 'Not service.name, service.namespace and service.instance.id.',
    }),
  })
  .prefault({})
  .meta({ description: 'Resource attributes as labels; otherwise they are in target_info.' });
