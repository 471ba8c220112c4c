import { widen } from './fold-window.ts';
import type { Hit } from './hits.ts';
import type { Scanner } from './scanner.ts';
import { padding } from './unfold.ts';

/**
 * A replacement changes what stands beside it: what was glued to a value is a word now, and a word that names a number is
 * nearer to it. So the text around a replacement is looked at again, until nothing more is found: redacting twice then
 * changes nothing. Texts without a hit cost nothing.
 */

/** A text in which values were replaced. */
export interface Rewritten {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** Start and end of each replacement in it, ascending. */
  readonly places: readonly number[];
  /** The text in front of it where that is the key of the value, '' elsewhere. */
  readonly lead: string;
  /** Keys of the attribute that holds it. */
  readonly keys: string;
}

/** What is done with a text once more is found in it. */
export interface Again {
  readonly scan: Scanner;
  /** Replaces those of the hits (in any order, by offsets of `text.bytes`, some of which may overlap) that are to be replaced; undefined where none are. */
  replace(text: Rewritten, hits: readonly Hit[]): Rewritten | undefined;
  /** Gives a text up that could not be scanned, or in which values keep coming to light. */
  fail(text: Rewritten, reason: 'error' | 'budget'): void;
}

/** Values that hang together in a longer chain than this are not taken apart one by one. */
const maxRounds = 16;
/** All rounds of a batch together, far below what the pool takes for a hang. */
const maxTotalMs = 8000;

/** Looks at texts again around what was replaced in them, and at those again in which there was more. */
export function redactAgain(texts: readonly Rewritten[], again: Again): void {
  const deadline = performance.now() + maxTotalMs;
  let changed = texts;
  for (let round = 0; changed.length > 0; round++) {
    const next: Rewritten[] = [];
    const found = scanAround(changed, again.scan, deadline - performance.now());
    for (const [text, hits] of found.hits) {
      const reason = found.failed.get(text);
      const rewritten = reason === undefined ? again.replace(text, hits) : undefined;
      if (rewritten === undefined) continue;
      if (round < maxRounds) next.push(rewritten);
      else again.fail(rewritten, 'budget');
    }
    for (const [text, reason] of found.failed) again.fail(text, reason);
    changed = next;
  }
}

/** Bytes around a replacement in which a value may have come to light, and those that are read to tell. */
const reachBytes = 256;
const contextBytes = 512;

/** A part of a text, `from` to `to` (exclusive), that stands at `at` of the buffer that is scanned. */
interface Window {
  readonly text: Rewritten;
  readonly from: number;
  readonly to: number;
  /** Hits that reach in here are new; others were left before, or are cut off. */
  readonly newFrom: number;
  readonly newTo: number;
  at: number;
}

interface Around {
  readonly hits: Map<Rewritten, Hit[]>;
  readonly failed: Map<Rewritten, 'error' | 'budget'>;
}

function scanAround(texts: readonly Rewritten[], scan: Scanner, maxMs: number): Around {
  const windows: Window[] = [];
  for (const text of texts) addWindows(windows, text);
  const { bytes, size } = gather(windows);
  const windowAt = (offset: number): Window | undefined => lastBefore(windows, offset);
  const keyAt = (offset: number): string => windowAt(offset)?.text.keys ?? '';
  const result = scan({ bytes, size, keyAt, maxMs });
  const around: Around = { hits: new Map(), failed: new Map() };
  for (const { entity, start, end } of result.hits) {
    const window = windowAt(start);
    if (window === undefined) continue;
    const by = window.from - window.at;
    if (end + by > window.to || end + by < window.newFrom || start + by > window.newTo) continue;
    const hits = around.hits.get(window.text) ?? [];
    around.hits.set(window.text, hits);
    hits.push({ entity, start: start + by, end: end + by });
  }
  for (const offset of result.failures) {
    const window = windowAt(offset);
    if (window !== undefined) around.failed.set(window.text, result.isLate ? 'budget' : 'error');
  }
  return around;
}

function lastBefore(windows: readonly Window[], offset: number): Window | undefined {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((windows[middle]?.at ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return windows[low - 1];
}

/** Adds windows around the replacements of a text, those that meet as one; the whole text where it is hardly longer. */
function addWindows(windows: Window[], text: Rewritten): void {
  const { places } = text;
  let first = 0;
  for (let index = 0; index < places.length; index += 2) {
    const last = places[index + 1] ?? 0;
    const next = places[index + 2] ?? Infinity;
    if (next - last <= 2 * contextBytes) continue;
    windows.push(windowAround(text, (places[first] ?? 0) - reachBytes, last + reachBytes));
    first = index + 2;
  }
}

function windowAround(text: Rewritten, newFrom: number, newTo: number): Window {
  const { bytes } = text;
  const start = newFrom - contextBytes + reachBytes;
  const [from, to] = widen(bytes, start, newTo + contextBytes - reachBytes, bytes.length);
  return {
    text,
    from,
    to,
    newFrom: from === 0 ? 0 : newFrom,
    newTo: to === bytes.length ? to : newTo,
    at: 0,
  };
}

/** A NUL in front of the first text, and zeros to make its address even. */
const before = 16;
/** Memory that many windows needed beyond this is given back. */
const keptBytes = 1 << 18;

/** Buffers are a burden to the collector of garbage, so that one is used again and again: nobody reads it after the scan. */
let scratch = createScratch(keptBytes);

function createScratch(size: number): { readonly text: Buffer; readonly bytes: Uint8Array } {
  const memory = new Uint8Array(before + size + padding);
  return { text: Buffer.from(memory.buffer, before), bytes: memory.subarray(before) };
}

/** Copies windows into a buffer that a scanner can read, a NUL between them, and in front of a value its key. */
function gather(windows: readonly Window[]): { readonly bytes: Uint8Array; readonly size: number } {
  const size = place(windows);
  const room = Math.max(size, keptBytes);
  if (room + padding !== scratch.bytes.length) scratch = createScratch(room);
  const { bytes, text } = scratch;
  let end = 0;
  for (const window of windows) {
    const lead = leadOf(window);
    if (lead !== '') bytes[end + text.write(lead, end)] = 0;
    bytes.set(window.text.bytes.subarray(window.from, window.to), window.at);
    end = window.at + window.to - window.from;
    bytes[end++] = 0;
  }
  bytes.fill(0, size, size + padding);
  return { bytes, size };
}

/** Says of each window where it stands in the buffer, and how long that is. */
function place(windows: readonly Window[]): number {
  let size = 0;
  for (const window of windows) {
    const lead = leadOf(window);
    window.at = size + (lead === '' ? 0 : Buffer.byteLength(lead) + 1);
    size = window.at + window.to - window.from + 1;
  }
  return size;
}

function leadOf({ text, from }: Window): string {
  return from === 0 ? text.lead : '';
}
