import type { MetricDeclaration } from '../../pipeline/component/context.ts';

/** Counter of the exporters for Prometheus, by a closed set of reasons that each of them lists. */
export const refusedPoints: MetricDeclaration = {
  type: 'counter',
  help: 'Points that Prometheus does not get: refused here or by the server.',
  labels: ['reason'],
};
