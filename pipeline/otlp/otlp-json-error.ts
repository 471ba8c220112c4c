/** The text is JSON, but not an OTLP/JSON export request. The message names the place and never quotes a value. */
export class OtlpJsonError extends Error {
  override readonly name = 'OtlpJsonError';
  /** For example `resourceSpans[0].scopeSpans[0].spans[2].traceId`; '' for the whole text. */
  readonly path: string;
  /** Offset in the text where the value starts. */
  readonly offset: number;

  constructor(message: string, path: string, offset: number) {
    super(`${path === '' ? '' : `${path}: `}${message} at byte ${String(offset)}`);
    this.path = path;
    this.offset = offset;
  }
}
