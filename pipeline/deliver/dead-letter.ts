import type { SliceBytes } from '../component/transform.ts';

/** A request that a sink refused for good, as small as it could be made. */
export interface DeadLetterEntry {
  /** The id it was sent with, stable over restarts: a slice's, with the way to the half of a half behind it. */
  readonly id: string;
  /** One export request. It may hold items that were delivered by other routes; `route` says which were not. */
  readonly slice: SliceBytes;
  /** Items that were refused. */
  readonly items: number;
  /** A `DropCause`. */
  readonly reason: string;
  /** What the sink said, clipped; never content of ours. */
  readonly error: string;
  /** When it was set aside first, ISO 8601; now where absent. */
  readonly time?: string;
  /** Key of the payload's route, where the encoder made more than one payload; see `routeKey`. */
  readonly route?: string;
}

/** Where refused requests go. */
export interface DeadLetter {
  /** Resolves when the entries are as durable as they get; what could not be kept is counted, and never an error. */
  add(entries: readonly DeadLetterEntry[]): Promise<void>;
}

/** The same text for the same route of a payload; undefined where the payload has none. */
export function routeKey(route: unknown): string | undefined {
  return route === undefined ? undefined : JSON.stringify(route);
}

/** Sets nothing aside: where no storage is configured, what is refused is only counted. */
export const noDeadLetter: DeadLetter = { add: () => Promise.resolve() };
