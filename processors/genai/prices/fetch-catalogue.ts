import { readFile, stat } from 'node:fs/promises';

/** Why a source gave no text; a closed set, because it is a metric label. */
export type SourceFault = 'unreadable' | 'unreachable' | 'http_status' | 'too_large' | 'timeout';

/** What a source answered. */
export type SourceAnswer =
  | { readonly kind: 'text'; readonly text: string; readonly etag: string | undefined }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly fault: SourceFault; readonly message: string };

/** True for a source that is fetched; others are files. */
export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** The path of a source that is a file. */
export function pathOf(source: string): string {
  return source.replace(/^file:(\/\/)?/, '');
}

/** Reads a file, up to `maxBytes`. Never throws. */
export async function readSource(path: string, maxBytes: number): Promise<SourceAnswer> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) return tooLarge(maxBytes);
    return { kind: 'text', text: await readFile(path, 'utf8'), etag: undefined };
  } catch (error) {
    return failed('unreadable', error);
  }
}

/** What changes when a file, or the link to it, is exchanged; '' while it cannot be told. */
export async function fingerprintOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return '';
  }
}

/** How a URL is asked. */
export interface FetchLimits {
  /** What the last answer was tagged with; the same text is not sent again. */
  readonly etag: string | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Fetches a URL. Never throws. */
export async function fetchSource(url: string, limits: FetchLimits): Promise<SourceAnswer> {
  const { etag, timeoutMs, maxBytes, signal } = limits;
  try {
    const response = await fetch(url, {
      headers: etag === undefined ? {} : { 'If-None-Match': etag },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.status === 304) return { kind: 'unchanged' };
    if (!response.ok) {
      await response.body?.cancel();
      return { kind: 'failed', fault: 'http_status', message: `it answered ${response.status}` };
    }
    const text = await readBody(response, maxBytes);
    if (text === undefined) return tooLarge(maxBytes);
    return { kind: 'text', text, etag: response.headers.get('etag') ?? undefined };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return failed(isTimeout ? 'timeout' : 'unreachable', error);
  }
}

/** The body, or undefined where it is larger than it may be; the rest is not read then. */
async function readBody(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Node types the chunks of a fetched body as any; the fetch standard makes them bytes.
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(maxBytes: number): SourceAnswer {
  return {
    kind: 'failed',
    fault: 'too_large',
    message: `it is larger than max_size (${maxBytes} bytes)`,
  };
}

function failed(fault: SourceFault, error: unknown): SourceAnswer {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return { kind: 'failed', fault, message: cause instanceof Error ? cause.message : String(cause) };
}
