import { isToken } from './bytes.ts';

/** Bytes around an escape that are unfolded with it. */
const windowBytes = 512;
/** Windows that meet are one, up to so many bytes: unfolding takes nine times as much memory, which is kept. */
const maxWindow = 1 << 20;
/** A window may grow by so much where its edge would cut a token. */
const maxEdge = 8192;

/** Adds the window around the escape at `at`, behind those before, to a list of starts and ends; `widen` sets their edges. */
export function addWindow(windows: number[], at: number): void {
  const end = at + windowBytes;
  const last = windows.length - 1;
  const isNear = last > 0 && at - windowBytes <= (windows[last] ?? 0);
  if (isNear && end - (windows[last - 1] ?? 0) <= maxWindow) windows[last] = end;
  else windows.push(at - windowBytes, end);
}

/** Moves a window's edges outward to where no token is cut, and into the `size` bytes that there are. */
export function widen(
  bytes: Uint8Array,
  from: number,
  to: number,
  size: number,
): [from: number, to: number] {
  let start = Math.max(0, from);
  const floor = Math.max(0, start - maxEdge);
  while (start > floor && isToken(bytes[start - 1])) start--;
  let end = Math.min(size, to);
  const ceiling = Math.min(size, end + maxEdge);
  while (end < ceiling && (isToken(bytes[end]) || (bytes[end] ?? 0) >= 0x80)) end++;
  return [start, end];
}
