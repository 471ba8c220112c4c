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

/** Adds `by` to `amount`, or takes it off. */
export function changeAmount(amount: Amount, by: Readonly<Amount>, sign: 1 | -1): void {
  amount.items += sign * by.items;
  amount.bytes += sign * by.bytes;
  amount.requests += sign * by.requests;
}
