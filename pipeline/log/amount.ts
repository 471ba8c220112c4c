import type { SliceLimits } from './log.ts';

/** Records summed up in each unit that a quota can have. */
export interface Amount {
  items: number;
  bytes: number;
  requests: number;
}

/** Nothing yet. */
export function emptyAmount(): Amount {
  return { items: 0, bytes: 0, requests: 0 };
}

/** Whether so much has gathered that a slice of it need not wait for more. */
export function hasGathered(
  { bytes, items }: Readonly<Amount>,
  { minBytes, minItems }: Pick<SliceLimits, 'minBytes' | 'minItems'>,
): boolean {
  return bytes >= minBytes && items >= minItems;
}

/** Adds `by` to `amount`, or takes it off. */
export function changeAmount(amount: Amount, by: Readonly<Amount>, sign: 1 | -1): void {
  amount.items += sign * by.items;
  amount.bytes += sign * by.bytes;
  amount.requests += sign * by.requests;
}
