import type { Server } from '@grpc/grpc-js';

/** What of grpc-js' server is reached into; its own test says when this is no longer there. */
interface Checks {
  _verifyContentType(stream: { readonly destroyed: boolean }, headers: unknown): boolean;
}

/** Whether the server has the check that is guarded here. */
export function hasContentTypeCheck(server: unknown): server is Checks {
  return typeof server === 'object' && server !== null && '_verifyContentType' in server;
}

/**
 * Lets the server pass over streams that the client has reset before they were looked at: grpc-js 1.14 answers a wrong
 * content type on them all the same, which throws, and ends the process. A flood of resets (CVE-2023-44487) does that.
 */
export function passOverResetStreams(server: Server): void {
  const checks: unknown = server;
  if (!hasContentTypeCheck(checks)) return;
  const verify = checks._verifyContentType.bind(checks);
  checks._verifyContentType = (stream, headers) => !stream.destroyed && verify(stream, headers);
}
