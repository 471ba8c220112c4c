/** The bytes are not a valid OTLP message: cut off, over-long, nested too deep, or of an impossible wire type. */
export class WireError extends Error {
  override readonly name = 'WireError';
  /** Offset in the request where reading stopped. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${String(offset)}`);
    this.offset = offset;
  }
}
