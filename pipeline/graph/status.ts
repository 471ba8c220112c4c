/** Where the daemon stands in its life. Ready means `running`. */
export type EngineState = 'starting' | 'running' | 'draining' | 'stopped';

/** What extensions see of the engine, offered to them as `engine.status`. */
export interface EngineStatus {
  readonly state: EngineState;
  /** Milliseconds since the epoch when it began to run; undefined before. */
  readonly runningSinceMs: number | undefined;
}

/** The name that `EngineStatus` is offered under. */
export const engineStatusOffer = 'engine.status';

/** True where an offer is an `EngineStatus`. */
export function isEngineStatus(offer: unknown): offer is EngineStatus {
  return typeof offer === 'object' && offer !== null && 'state' in offer;
}
