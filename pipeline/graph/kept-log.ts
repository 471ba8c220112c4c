import type { Clock } from '../component/context.ts';
import { LogFullError } from '../log/log.ts';
import type { Cursor, CursorOptions, Log, LogRecord, Position } from '../log/log.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';

/** A log that is shared by the graphs of a process, one after the other, with what the ledger and the probes ask of it. */
export interface KeptLog extends Log {
  /** Why the last append was refused, where nothing suggests that the next one would be taken. */
  readonly refusal: string | undefined;
  /** How long the oldest append under way has been waiting. */
  readonly waitingMs: number;
  /** No graph has the log any more: what its exporters still owe is out of the ledger, until one has it again. */
  leaveBehind(): void;
}

/** What `keepLog` takes besides the log. */
export interface KeptLogOptions {
  readonly pipeline: string;
  readonly metrics: OwnMetrics;
  readonly clock: Clock;
}

/** An exporter that reads the log, or did while some graph had it. */
interface Member {
  readonly cursors: Set<Cursor>;
  /** Appends before this one were none of its business. */
  joinedAt: number;
  /** What it owed and what the log had taken when its last cursor was closed; zeros before its first was opened. */
  left: { readonly owed: number; readonly appended: number };
}

/**
 * Wraps a log so that the ledger stays balanced while graphs come and go: an exporter that joins a pipeline in the midst
 * of a run owes nothing of what was appended before, and what was so passed over is counted.
 */
export function keepLog(log: Log, options: KeptLogOptions): KeptLog {
  return new SharedLog(log, options);
}

class SharedLog implements KeptLog {
  readonly #log: Log;
  readonly #options: KeptLogOptions;
  readonly #members = new Map<string, Member>();
  /** Start times of appends under way, by their number. */
  readonly #underWay = new Map<number, number>();
  #issued = 0;
  #appended = 0;
  /** Whose quota the last append would have broken, and what that exporter owed then. */
  #full: { readonly error: LogFullError; readonly owedBytes: number } | undefined;

  constructor(log: Log, options: KeptLogOptions) {
    this.#log = log;
    this.#options = options;
  }

  get signal(): Log['signal'] {
    return this.#log.signal;
  }

  get bytes(): number {
    return this.#log.bytes;
  }

  get isDurable(): boolean {
    return this.#log.isDurable;
  }

  get refusal(): string | undefined {
    if (this.#full === undefined) return undefined;
    const { error, owedBytes } = this.#full;
    if (this.#owedBytes(error.exporterId) < owedBytes) return undefined;
    return `pipeline "${this.#options.pipeline}": ${error.message}`;
  }

  get waitingMs(): number {
    const [oldest] = this.#underWay.values();
    return oldest === undefined ? 0 : this.#options.clock.monotonic() - oldest;
  }

  async append(record: LogRecord): Promise<Position> {
    this.#issued += 1;
    const number = this.#issued;
    this.#underWay.set(number, this.#options.clock.monotonic());
    try {
      const position = await this.#log.append(record);
      this.#full = undefined;
      this.#appended += record.items;
      this.#passOver(number, record.items);
      return position;
    } catch (error) {
      if (error instanceof LogFullError) {
        this.#full = { error, owedBytes: this.#owedBytes(error.exporterId) };
      }
      throw error;
    } finally {
      this.#underWay.delete(number);
    }
  }

  async cursor(options: CursorOptions): Promise<Cursor> {
    const joinedAt = this.#issued + 1;
    const cursor = await this.#log.cursor(options);
    return this.#admit(options.exporterId, cursor, joinedAt);
  }

  settled(): Promise<void> {
    return this.#log.settled();
  }

  leaveBehind(): void {
    for (const [exporterId, { left }] of this.#members) this.#skip(exporterId, left.owed);
    this.#members.clear();
    this.#appended = 0;
  }

  seal(): void {
    this.#log.seal();
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #admit(exporterId: string, cursor: Cursor, joinedAt: number): Cursor {
    const known = this.#members.get(exporterId);
    const recovered = known === undefined ? cursor.backlog.items : 0;
    const left = { owed: recovered, appended: 0 };
    const member: Member = known ?? { cursors: new Set(), joinedAt: 0, left };
    this.#members.set(exporterId, member);
    if (member.cursors.size === 0) {
      member.joinedAt = joinedAt;
      const { owed, appended } = member.left;
      this.#skip(exporterId, this.#appended - appended - (cursor.backlog.items - owed));
    }
    member.cursors.add(cursor);
    return toMember(cursor, recovered, () => {
      const owed = cursor.backlog.items;
      const lost = cursor.close();
      if (!member.cursors.delete(cursor)) return lost;
      if (member.cursors.size === 0) {
        member.left = { owed: owed - lost, appended: this.#appended };
      }
      return lost;
    });
  }

  #owedBytes(exporterId: string): number {
    const [cursor] = this.#members.get(exporterId)?.cursors ?? [];
    return cursor?.backlog.bytes ?? 0;
  }

  /** What an exporter that joined in the meantime does not get. */
  #passOver(number: number, items: number): void {
    for (const [exporterId, { cursors, joinedAt }] of this.#members) {
      if (cursors.size > 0 && number < joinedAt) this.#skip(exporterId, items);
    }
  }

  #skip(exporter: string, items: number): void {
    const { metrics, pipeline } = this.#options;
    if (items > 0) metrics.count('weir_skipped_items_total', { pipeline, exporter }, items);
  }
}

function toMember(cursor: Cursor, recoveredItems: number, close: () => number): Cursor {
  return {
    next: (limits, abort) => cursor.next(limits, abort),
    done: (slice) => {
      cursor.done(slice);
    },
    abandon: (slice) => {
      cursor.abandon(slice);
    },
    get backlog() {
      return cursor.backlog;
    },
    recoveredItems,
    close,
  };
}
