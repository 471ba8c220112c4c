import { serialize } from 'node:v8';
import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition } from '../../pipeline/component/transform.ts';
import { toLabelName } from '../prometheus/label-set.ts';
import type { LabelSet } from '../prometheus/label-set.ts';
import { toNaming } from '../prometheus/naming.ts';
import type { Point } from '../prometheus/point.ts';
import { readPoints } from '../prometheus/read-points.ts';
import type { ReadOptions } from '../prometheus/read-points.ts';
import type { RemoteWriteConfig } from './config.ts';
import type { WritePoint } from './write-point.ts';

/** Turns a slice into the points of its series, in V8's own form: one payload a slice. `prepared` names this Weir. */
export const remoteWriteEncode: EncodeDefinition = defineEncode<RemoteWriteConfig, string>({
  type: 'prometheus_remote_write',
  create: (config, instance) => {
    const options = toReadOptions(config);
    const { isEscaped } = options.labels;
    const external = Object.entries(config.external_labels).map(
      ([key, value]) => [toLabelName(key, isEscaped), value] as const,
    );
    const ownLabel = toLabelName(config.instance_label, isEscaped);
    const own = config.instance_label === '' ? undefined : ([ownLabel, instance] as const);
    return ({ bytes, items }) => {
      const points = readPoints(bytes, options).map((point) => {
        const isShared = point.isDelta || !point.labels.has('instance');
        const added = isShared && own !== undefined ? [...external, own] : external;
        return toWritePoint(point, added);
      });
      // JSON has neither NaN nor infinities, which points may hold.
      return [{ body: new Uint8Array(serialize(points)), items }];
    };
  },
});

function toReadOptions(config: RemoteWriteConfig): ReadOptions {
  const naming = toNaming(config);
  return {
    naming,
    labels: {
      isEscaped: naming.isEscaped,
      conversion: config.resource_to_telemetry_conversion,
      constant: {},
    },
    hasScope: !config.disable_scope_info,
    hasTargetInfo: config.target_info.enabled,
  };
}

function toWritePoint(
  point: Point<LabelSet>,
  added: readonly (readonly [name: string, value: string])[],
): WritePoint {
  const all = new Map(point.labels);
  for (const [name, value] of added) if (!all.has(name)) all.set(name, value);
  const labels: string[] = [];
  for (const name of [...all.keys()].sort()) {
    const value = all.get(name) ?? '';
    // An empty label means none.
    if (value !== '') labels.push(name, value);
  }
  return { ...point, labels, key: `${point.family}\0${labels.join('\0')}` };
}
