import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { RotationConfig } from './config.ts';

const dayMs = 86_400_000;

/** `2026-11-21T03-56-47.123`, which sorts by time and has no character that a file system refuses. */
const stampPattern = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(?:-\d+)?$/;

/** Names older files as the Collector does: `traces.json` becomes `traces-2026-11-21T03-56-47.123.json`. */
function backupName(path: string, nowMs: number, localtime: boolean): string {
  const extension = extname(path);
  const stem = basename(path, extension);
  return join(dirname(path), `${stem}-${toStamp(nowMs, localtime)}${extension}`);
}

/** Moves the file aside and deletes the older ones that `rotation` does not keep. */
export async function rotate(path: string, rotation: RotationConfig, nowMs: number): Promise<void> {
  const backups = await listBackups(path);
  await rename(path, freeName(backupName(path, nowMs, rotation.localtime), backups));
  await deleteOld(path, rotation, nowMs);
}

/** Deletes the older files that are too many or too old. */
async function deleteOld(path: string, rotation: RotationConfig, nowMs: number): Promise<void> {
  const backups = await listBackups(path);
  const surplus = rotation.max_backups === 0 ? [] : backups.slice(0, -rotation.max_backups);
  const oldest = backupName(path, nowMs - rotation.max_days * dayMs, rotation.localtime);
  const aged = rotation.max_days === 0 ? [] : backups.filter((backup) => backup < oldest);
  for (const backup of new Set([...surplus, ...aged])) await rm(backup, { force: true });
}

/** Oldest first. */
async function listBackups(path: string): Promise<string[]> {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(extension))
    .filter((name) => stampPattern.test(name.slice(prefix.length, name.length - extension.length)))
    .sort()
    .map((name) => join(dirname(path), name));
}

/** Two rotations in one millisecond must not overwrite each other. */
function freeName(wanted: string, taken: readonly string[]): string {
  const extension = extname(wanted);
  const stem = wanted.slice(0, wanted.length - extension.length);
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${stem}-${String(count)}${extension}`;
    if (!taken.includes(name)) return name;
  }
}

function toStamp(nowMs: number, localtime: boolean): string {
  const offsetMs = localtime ? new Date(nowMs).getTimezoneOffset() * 60_000 : 0;
  return new Date(nowMs - offsetMs).toISOString().slice(0, -1).replaceAll(':', '-');
}
