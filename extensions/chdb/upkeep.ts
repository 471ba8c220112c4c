import type { Engine } from './engine.ts';
import { quoteName } from './engine.ts';
import type { DropCause } from './messages.ts';

/** What one round of upkeep found and did. */
export interface UpkeepResult {
  /** Bytes of all tables after the round. */
  readonly diskBytes: number;
  readonly dropped: readonly DroppedPartition[];
}

/** All data of one table that was dropped at once. */
export interface DroppedPartition {
  readonly cause: DropCause;
  readonly table: string;
  /** `20260130`, or a part's name where the newest day had to give way too. */
  readonly partition: string;
}

/** How much may be kept; 0 means no limit. */
export interface UpkeepLimits {
  readonly retentionMs: number;
  readonly maxDiskBytes: number;
}

/** Data that can be dropped at once, oldest first. */
interface Piece {
  readonly table: string;
  readonly name: string;
  /** `YYYYMMDD`. */
  readonly day: string;
  readonly bytes: number;
  readonly isPart: boolean;
}

/**
 * Drops the day partitions that are too old, then the oldest ones until the tables fit under the cap. The newest day
 * gives way part by part, so that a cap smaller than one day still keeps the latest spans.
 */
export async function runUpkeep(
  engine: Engine,
  limits: UpkeepLimits,
  nowMs: number,
): Promise<UpkeepResult> {
  const parts = await listParts(engine);
  const pieces = toPieces(parts);
  let diskBytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const dropped: DroppedPartition[] = [];
  for (const piece of pieces) {
    const cause = dropCause(piece, diskBytes, { ...limits, nowMs });
    if (cause === undefined) continue;
    if (!(await dropPiece(engine, piece))) continue;
    diskBytes -= piece.bytes;
    dropped.push({ cause, table: piece.table, partition: piece.name });
  }
  return { diskBytes, dropped };
}

function dropCause(
  piece: Piece,
  diskBytes: number,
  { retentionMs, maxDiskBytes, nowMs }: UpkeepLimits & { readonly nowMs: number },
): DropCause | undefined {
  const lastMs = dayEndMs(piece.day);
  if (retentionMs > 0 && lastMs < nowMs - retentionMs) return 'retention';
  return maxDiskBytes > 0 && diskBytes > maxDiskBytes ? 'max_disk' : undefined;
}

function dayEndMs(day: string): number {
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6, 8)].map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, (date ?? 0) + 1);
}

interface Part {
  readonly table: string;
  readonly name: string;
  readonly day: string;
  readonly bytes: number;
}

/** Active parts of the tables that are partitioned by day, oldest first. */
async function listParts(engine: Engine): Promise<Part[]> {
  const rows = await select(
    engine,
    `SELECT table, name, partition_id, bytes_on_disk FROM system.parts
     WHERE active AND database = currentDatabase() AND match(partition_id, '^[0-9]{8}$')
     ORDER BY partition_id, min_block_number, table`,
  );
  return rows.map(([table = '', name = '', day = '', bytes = '0']) => ({
    table,
    name,
    day,
    bytes: Number(bytes),
  }));
}

function toPieces(parts: readonly Part[]): Piece[] {
  const newest = parts.at(-1)?.day;
  const days = new Map<string, Piece>();
  for (const { table, day, bytes } of parts.filter((part) => part.day !== newest)) {
    const key = `${day} ${table}`;
    const known = days.get(key)?.bytes ?? 0;
    days.set(key, { table, name: day, day, bytes: known + bytes, isPart: false });
  }
  const newestParts = parts.filter((part) => part.day === newest);
  return [...days.values(), ...newestParts.map((part) => ({ ...part, isPart: true }))];
}

async function dropPiece(engine: Engine, { table, name, isPart }: Piece): Promise<boolean> {
  const what = isPart ? `PART '${name}'` : `PARTITION ID '${name}'`;
  try {
    await execute(engine, `ALTER TABLE ${quoteName(table)} DROP ${what}`);
    return true;
  } catch {
    // A merge took the part, or the table went away: the next round sees what is there then.
    return false;
  }
}

async function execute(engine: Engine, text: string): Promise<Uint8Array> {
  const settings = new Map<string, string>();
  const result = await engine.run({ text, format: 'TSVRaw', settings, parameters: new Map() });
  return result.bytes;
}

async function select(engine: Engine, text: string): Promise<string[][]> {
  const answer = Buffer.from(await execute(engine, text)).toString();
  return answer
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}
