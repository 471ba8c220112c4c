import type { Signal } from '../component/signal.ts';

/** Field numbers of an item by signal; 0 where the signal has no such field. */
export interface ItemFields {
  readonly name: number;
  readonly traceId: number;
  readonly spanId: number;
  readonly parentSpanId: number;
  readonly traceState: number;
  readonly attributes: number;
  readonly kind: number;
  readonly start: number;
  readonly observed: number;
  readonly end: number;
  readonly status: number;
  readonly events: number;
  readonly links: number;
  readonly severityNumber: number;
  readonly severityText: number;
  readonly body: number;
}

const noFields = {
  name: 0,
  traceId: 0,
  spanId: 0,
  parentSpanId: 0,
  traceState: 0,
  attributes: 0,
  kind: 0,
  start: 0,
  observed: 0,
  end: 0,
  status: 0,
  events: 0,
  links: 0,
  severityNumber: 0,
  severityText: 0,
  body: 0,
} as const satisfies ItemFields;

/** Where each signal keeps what `Item` reads; the numbers are those of the tables above. */
export const itemFields: Readonly<Record<Signal, ItemFields>> = {
  traces: {
    ...noFields,
    traceId: 1,
    spanId: 2,
    traceState: 3,
    parentSpanId: 4,
    name: 5,
    kind: 6,
    start: 7,
    end: 8,
    attributes: 9,
    events: 11,
    links: 13,
    status: 15,
  },
  logs: {
    ...noFields,
    start: 1,
    severityNumber: 2,
    severityText: 3,
    body: 5,
    attributes: 6,
    traceId: 9,
    spanId: 10,
    observed: 11,
    name: 12,
  },
  metrics: { ...noFields, name: 1, attributes: 12 },
};
