import type { Signal } from '../component/signal.ts';
import { itemFields } from './item-fields.ts';
import { type BatchIndex, ITEM_STRIDE, ITEM_TOO_DEEP, ITEM_WEIGHT } from './batch-index.ts';
import { FieldScanner, maxDepth } from './wire.ts';

/** An item that breaks the rules of its signal, and why, in words. */
export interface InvalidItem {
  readonly ordinal: number;
  readonly message: string;
}

/** Checks the ids and depth of items while they are walked and gathers those that are to be refused. */
interface ItemCheck {
  readonly invalid: readonly InvalidItem[];
  /** Checks the item whose record starts at `at`, and gives it its weight. */
  check(at: number): void;
}

export const traceIdBytes = 16;
export const spanIdBytes = 8;

const nouns: Readonly<Record<Signal, string>> = {
  traces: 'span',
  logs: 'log record',
  metrics: 'metric',
};

/** Ids as the specification demands: https://opentelemetry.io/docs/specs/otel/trace/api/#spancontext */
export function createItemCheck(index: BatchIndex, signal: Signal): ItemCheck {
  const invalid: InvalidItem[] = [];
  const scanner = new FieldScanner(index.bytes);
  const fields = itemFields[signal];
  const isRequired = signal === 'traces';

  const size = (pos: number): number => {
    if (pos === 0) return 0;
    const length = index.bytes[pos] ?? 0;
    return length < 128 ? length : scanner.enter(index.bytes, pos, index.bytes.length).readLength();
  };

  const isZero = (pos: number, length: number): boolean => {
    const { bytes } = index;
    const start = scanner.enter(bytes, pos, bytes.length).skipLength();
    for (let i = start; i < start + length; i++) if (bytes[i] !== 0) return false;
    return true;
  };

  const problem = (pos: number, length: number, required: boolean): string | undefined => {
    const actual = size(pos);
    if (actual === 0) return required ? 'is missing' : undefined;
    if (actual !== length) return `has ${actual} bytes instead of ${length}`;
    return required && isZero(pos, length) ? 'is all zero' : undefined;
  };

  const wrongId = (at: number): string | undefined => {
    const { ints } = index.items;
    if (signal === 'metrics') return undefined;
    const pos = (field: number): number => (field === 0 ? 0 : (ints[at + field] ?? 0));
    return (
      wrong('trace_id', problem(pos(fields.traceId), traceIdBytes, isRequired)) ??
      wrong('span_id', problem(pos(fields.spanId), spanIdBytes, isRequired)) ??
      wrong('parent_span_id', problem(pos(fields.parentSpanId), spanIdBytes, false))
    );
  };

  const check = (at: number): void => {
    const { ints } = index.items;
    // The weight of a metric is its data points, which the walk has counted.
    if (signal !== 'metrics') ints[at + ITEM_WEIGHT] = 1;
    const isTooDeep = ints[at + ITEM_TOO_DEEP] !== 0;
    const found = isTooDeep ? `nests deeper than ${maxDepth} messages` : wrongId(at);
    if (found === undefined) return;
    const ordinal = at / ITEM_STRIDE;
    invalid.push({ ordinal, message: `${nouns[signal]} ${ordinal}: ${found}` });
  };

  return { invalid, check };
}

function wrong(field: string, found: string | undefined): string | undefined {
  return found === undefined ? undefined : `${field} ${found}`;
}
