/** ClickHouse error codes that the bridge raises itself. */
export const errorCodes = {
  notImplemented: 48,
  unknownSetting: 115,
  timeoutExceeded: 159,
  readonly: 164,
  cannotDecompress: 271,
  requestTooLarge: 307,
  accessDenied: 497,
  authenticationFailed: 516,
  unknown: 1002,
} as const;

/** A failure in ClickHouse's terms: its numeric code, and its text without the engine's version. */
export class ClickHouseFailure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'ClickHouseFailure';
    this.code = code;
  }
}

/** Builds a failure whose text has the form that ClickHouse clients parse: `Code: 516. DB::Exception: … (NAME)`. */
export function createFailure(code: number, name: string, message: string): ClickHouseFailure {
  return new ClickHouseFailure(code, `Code: ${code}. DB::Exception: ${message}. (${name})`);
}

const badRequest = [6, 16, 20, 26, 27, 33, 36, 38, 41, 43, 53, 62, 69, 70, 72, 115, 117, 130];
const badRequestToo = [271, 352, 386, 456, 457];

const statuses = new Map<number, number>([
  ...[...badRequest, ...badRequestToo].map((code) => [code, 400] as const),
  ...[46, 47, 50, 60, 81, 128].map((code) => [code, 404] as const),
  ...[164, 192, 193, 291, 497, 516].map((code) => [code, 403] as const),
  [159, 408],
  [160, 413],
  [307, 413],
  [48, 501],
  [202, 503],
  [209, 503],
]);

/** The HTTP status that ClickHouse's own server gives a code (`HTTPHandler`, exceptionCodeToHTTPStatus); 500 by default. */
export function toHttpStatus(code: number): number {
  return statuses.get(code) ?? 500;
}
