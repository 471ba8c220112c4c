import { defineExtension } from '../../pipeline/component/extension.ts';
import type { ExtensionFactory } from '../../pipeline/component/extension.ts';
import { healthCheckConfig } from './config.ts';
import { createHealthCheck } from './health-check.ts';

/** `/ready`, `/live` and the Collector's `/` over HTTP. */
export const healthCheckExtension: ExtensionFactory = defineExtension({
  type: 'health_check',
  stability: 'beta',
  schema: healthCheckConfig,
  create: createHealthCheck,
});
