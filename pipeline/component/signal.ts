/** The OTLP signals that Weir carries, named as in `service.pipelines`. */
export const signals = ['traces', 'logs', 'metrics'] as const;

/** One OTLP signal. */
export type Signal = (typeof signals)[number];

/** True where `text` names a signal. */
export function isSignal(text: string): text is Signal {
  return (signals as readonly string[]).includes(text);
}
