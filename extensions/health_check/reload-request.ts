import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Reloader, ReloadResult } from '../../pipeline/graph/reloader.ts';

/** What a request to reload is answered with. */
export interface ReloadAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Where a reload is asked for, as in Prometheus. */
export const reloadPath = '/-/reload';

/**
 * Reloads for a peer on this machine, and answers once the new configuration is in force or found wrong. Whose the
 * request is, the socket's address says and no header does. `Host` must name this machine and no page of another origin
 * may ask, so that a browser here cannot be made to (DNS rebinding, CSRF).
 */
export async function answerReload(
  request: IncomingMessage,
  reloader: Reloader | undefined,
): Promise<ReloadAnswer> {
  if (!isLoopback(request.socket.remoteAddress ?? '')) {
    return refusal('only a peer on this machine may reload');
  }
  if (!isLocalName(request.headers.host ?? '')) {
    return refusal('the Host header must be localhost or a loopback address');
  }
  if (request.headers.origin !== undefined) return refusal('no web page may reload');
  if (reloader === undefined) {
    return { status: 503, body: { outcome: 'failed', message: 'nothing here can reload' } };
  }
  const result = await reloader.reload('request');
  return { status: statusOf(result), body: withoutExcerpts(result) };
}

function refusal(message: string): ReloadAnswer {
  return { status: 403, body: { outcome: 'refused', message } };
}

function statusOf({ outcome }: ReloadResult): number {
  switch (outcome) {
    case 'reloaded':
    case 'unchanged':
      return 200;
    case 'invalid':
      return 422;
    case 'failed':
      return 500;
    case 'stopping':
      return 503;
  }
}

/** Lines of the configuration stay on the machine's own log. */
function withoutExcerpts(result: ReloadResult): unknown {
  if (result.outcome !== 'invalid') return result;
  const diagnostics = result.diagnostics.map((found) => ({ ...found, excerpt: undefined }));
  return { ...result, diagnostics };
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

/** `Host` without its port. */
function isLocalName(host: string): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d+)?$/.exec(host)?.[1]?.toLowerCase() ?? '';
  return name === 'localhost' || isLoopback(name.replace(/^\[|\]$/g, ''));
}
