/** The bytes are not JSON (RFC 8259), or nested deeper than allowed. The message never quotes the text. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  /** Offset in the bytes where reading stopped. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${String(offset)}`);
    this.offset = offset;
  }
}
