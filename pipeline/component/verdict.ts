/**
 * What became of one received request. `accepted` means: as durable as the first log of every pipeline it went to
 * promises. Receivers turn it into their protocol's answer.
 */
export type Verdict =
  /** Taken; `rejectedItems` of it broke the rules of the wire and must not be sent again (OTLP partial success). */
  | { readonly kind: 'accepted'; readonly rejectedItems: number; readonly message: string }
  /** Not OTLP, or could not be inflated or processed: the same bytes will fail again. */
  | { readonly kind: 'invalid'; readonly message: string }
  /** Over the size limit once inflated: the same bytes will fail again. */
  | { readonly kind: 'too_large'; readonly message: string }
  /** Not stored, try again later. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly retryAfterMs: number };
