import { serialize } from 'node:v8';
import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition } from '../../pipeline/component/transform.ts';
import type { PrometheusConfig } from './config.ts';
import { formatLabels } from './label-set.ts';
import { toNaming } from './naming.ts';
import { readPoints } from './read-points.ts';

/** Turns a slice into the points of its series, in V8's own form: one payload a slice. */
export const prometheusEncode: EncodeDefinition = defineEncode<PrometheusConfig>({
  type: 'prometheus',
  create: (config) => {
    const options = {
      naming: toNaming(config),
      labels: {
        isEscaped: true,
        conversion: config.resource_to_telemetry_conversion,
        constant: config.const_labels,
      },
      hasScope: !config.without_scope_info,
      hasTargetInfo: true,
    };
    return ({ bytes, items }) => {
      const points = readPoints(bytes, options).map((point) => ({
        ...point,
        labels: formatLabels(point.labels),
      }));
      // JSON has neither NaN nor infinities, which points may hold.
      return [{ body: new Uint8Array(serialize(points)), items }];
    };
  },
});
