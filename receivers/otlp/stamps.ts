import type { Stamp } from '../../pipeline/component/receiver.ts';

/** Where a stamp's value comes from. */
export type StampSource =
  { readonly kind: 'address' } | { readonly kind: 'header'; readonly header: string };

/** Headers that carry credentials, which must never reach a log or a sink. */
export const forbiddenHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-amz-security-token',
]);

/** Reads `client.address` or `metadata.<header>`; undefined where `text` is neither. */
export function parseStampSource(text: string): StampSource | undefined {
  if (text === 'client.address') return { kind: 'address' };
  const match = /^metadata\.([!#$%&'*+.^_`|~0-9A-Za-z-]+)$/.exec(text);
  return match?.[1] === undefined ? undefined : { kind: 'header', header: match[1].toLowerCase() };
}

/** What a request's stamps are taken from. */
export interface RequestOrigin {
  /** Address of the peer without its port; '' where unknown. */
  readonly address: () => string;
  /** The first value of a header by lower-case name. */
  readonly header: (name: string) => string | undefined;
}

/** Takes the configured stamps off a request; what it does not have is left out. */
export type TakeStamps = (origin: RequestOrigin) => readonly Stamp[];

/** Longer header values are cut off: they would be stored once a request. */
const maxValueLength = 256;

/**
 * Makes the function for one protocol, undefined where nothing is stamped; headers are read only where that protocol has
 * `include_metadata`.
 */
export function createStamper(
  stamps: Readonly<Record<string, string>>,
  includeMetadata: boolean,
): TakeStamps | undefined {
  const sources = Object.entries(stamps).flatMap(([key, text]) => {
    const source = parseStampSource(text);
    const isReadable = source?.kind === 'address' || includeMetadata;
    return source !== undefined && isReadable ? [{ key, source }] : [];
  });
  if (sources.length === 0) return undefined;
  return (origin) =>
    sources.flatMap(({ key, source }) => {
      const value = source.kind === 'address' ? origin.address() : origin.header(source.header);
      return value === undefined || value === ''
        ? []
        : [{ key, value: value.slice(0, maxValueLength) }];
    });
}
