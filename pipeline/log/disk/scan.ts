import { crc32 } from 'node:zlib';
import type { Position } from '../log.ts';
import { frameHeaderBytes, frameMagic, readFrameHeader } from './frame.ts';
import type { FrameHeader } from './frame.ts';
import type { FileWindow } from './window.ts';

/** A frame whose header is sound and whose body lies within the range. */
export interface Frame {
  readonly header: FrameHeader;
  /** Offset of the header. */
  readonly at: number;
  /** Offset behind the body. */
  readonly end: number;
}

/** What sound frames of a segment can be. */
export interface Expected {
  readonly salt: number;
  /** No earlier position can come. */
  readonly position: Position;
}

/**
 * Finds the next frame from an offset on. Where there is none, whatever is damaged is skipped up to the next one that is
 * sound; undefined where none follows.
 */
export function findFrame(window: FileWindow, from: number, expected: Expected): Frame | undefined {
  for (let at = from; ; at += 1) {
    const frame = readFrame(window, at, expected);
    if (frame !== undefined) return frame;
    const next = findMagic(window, at + 1);
    if (next === undefined) return undefined;
    at = next - 1;
  }
}

/** Whether the body is what was written. */
export function isBodySound(window: FileWindow, frame: Frame): boolean {
  const body = bodyOf(window, frame);
  return body !== undefined && crc32(body) === frame.header.bodyCrc;
}

function bodyOf(window: FileWindow, frame: Frame): Buffer | undefined {
  return window.view(frame.at + frameHeaderBytes, frame.header.length);
}

/** The frame at an offset; undefined where there is no sound one. */
export function readFrame(window: FileWindow, at: number, expected: Expected): Frame | undefined {
  const bytes = window.view(at, frameHeaderBytes);
  const header = bytes && readFrameHeader(bytes, 0, expected.salt);
  if (header === undefined || header.position < expected.position) return undefined;
  const end = at + frameHeaderBytes + header.length;
  return end <= window.end ? { header, at, end } : undefined;
}

const searchBytes = 64 * 1024;

function findMagic(window: FileWindow, from: number): number | undefined {
  for (let at = from; at + frameHeaderBytes <= window.end; at += searchBytes) {
    window.keepFrom = at;
    // Pieces overlap, so that a magic across two of them is found.
    const length = Math.min(searchBytes + frameMagic.byteLength - 1, window.end - at);
    const found = window.view(at, length)?.indexOf(frameMagic) ?? -1;
    if (found >= 0) return at + found;
  }
  return undefined;
}
