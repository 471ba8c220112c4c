import type { Position } from '../log.ts';
import { createCursorFile } from './cursor-file.ts';
import { createDiskPlace } from './place-on-disk.ts';
import type { DiskPlaceOptions } from './place-on-disk.ts';
import type { DiskPlace, PlaceHome, Quota } from './disk-place.ts';
import type { EmitLogEvent } from './events.ts';
import { writeManifest } from './manifest.ts';
import { messageOf } from './message-of.ts';
import { cursorPath } from './recover-log.ts';
import type { RecoveredLog } from './recover-log.ts';
import { removeIfThere } from './replace-file.ts';
import type { ReadPoint } from './slice-reader.ts';

/** A place that was opened. */
export interface OpenedPlace {
  readonly place: DiskPlace;
  /** Whether the exporter had none in this log. */
  readonly isNew: boolean;
}

/** The exporters' places of one log, and their files. */
export interface PlaceBook {
  readonly places: ReadonlyMap<number, DiskPlace>;
  /** Opens an exporter's place, a new one at the end of the log, and holds it. It is on the disk when this returns. */
  open(exporterId: string, quota: Quota): OpenedPlace;
  /** The last cursor of a place is gone; one that was never used is forgotten. */
  leave(number: number, isUnused: boolean): void;
  /** Places that no cursor holds belong to exporters that no configuration has. */
  adoptOrphans(): void;
  /** Forgets orphans that have been ones since `beforeMs`, in milliseconds since the epoch. */
  forgetOrphans(beforeMs: number): void;
  /** Writes what has changed. @returns the places that have. */
  save(): readonly DiskPlace[];
  /** Brings everything to the disk. @returns whether that succeeded. */
  sync(): boolean;
  close(): void;
}

/** What a book needs of its log. */
export interface PlaceBookOptions {
  readonly home: PlaceHome;
  readonly folder: string;
  readonly now: () => number;
  readonly emit: EmitLogEvent;
  /** Position of the next record. */
  readonly head: () => Position;
  /** Where the next record will be, where its segment is there already. */
  readonly headPoint: () => ReadPoint | undefined;
}

/** Creates the book of a log that was taken up. */
export function createPlaceBook(options: PlaceBookOptions, recovered: RecoveredLog): PlaceBook {
  return new Book(options, recovered);
}

class Book implements PlaceBook {
  readonly places = new Map<number, DiskPlace>();
  readonly #options: PlaceBookOptions;
  readonly #recovered: RecoveredLog;
  #opened = 0;

  constructor(options: PlaceBookOptions, recovered: RecoveredLog) {
    this.#options = options;
    this.#recovered = recovered;
    for (const { exporterId, file, state } of recovered.cursors) {
      this.#add({ exporterId, file, state });
    }
    this.#attempt(() => this.#saveManifest());
  }

  open(exporterId: string, quota: Quota): OpenedPlace {
    const known = [...this.places.values()].find((place) => place.exporterId === exporterId);
    const place = known ?? this.#create(exporterId);
    place.hold(quota, this.#options.head());
    return { place, isNew: known === undefined };
  }

  leave(number: number, isUnused: boolean): void {
    const place = this.places.get(number);
    if (place === undefined) return;
    if (isUnused) this.#forget(place);
    else place.orphan(this.#options.now(), this.#options.head());
  }

  adoptOrphans(): void {
    const { now, head } = this.#options;
    for (const place of this.places.values()) if (!place.isHeld) place.orphan(now(), head());
  }

  forgetOrphans(beforeMs: number): void {
    for (const place of this.places.values()) {
      const isDue = !place.isHeld && place.orphanedMs > 0 && place.orphanedMs <= beforeMs;
      if (isDue) this.#forget(place);
    }
  }

  save(): readonly DiskPlace[] {
    return [...this.places.values()].filter((place) => this.#attempt(() => place.save()));
  }

  sync(): boolean {
    let isSynced = true;
    for (const place of this.places.values()) {
      isSynced = this.#attempt(() => place.sync()) && isSynced;
    }
    return isSynced;
  }

  close(): void {
    this.#attempt(() => this.#saveManifest());
    for (const place of this.places.values()) place.close();
  }

  #add(begin: Omit<DiskPlaceOptions, 'number'>): DiskPlace {
    this.#opened += 1;
    const place = createDiskPlace({ ...begin, number: this.#opened }, this.#options.home);
    this.places.set(place.number, place);
    return place;
  }

  #create(exporterId: string): DiskPlace {
    const { home, folder, head, headPoint, emit } = this.#options;
    const { knowsExporters, segments } = this.#recovered;
    const path = cursorPath(folder, exporterId);
    const readAt = knowsExporters ? head() : (segments[0]?.first ?? head());
    const state = { readAt, out: [], orphanedMs: 0 };
    removeIfThere(home.fs, path);
    const file = createCursorFile(home.fs, home.fs.open(path, 'create'));
    file.write(state);
    file.sync();
    home.fs.syncFolder(folder);
    if (!knowsExporters) emit({ kind: 'replayed', exporterId, path });
    const point = knowsExporters ? headPoint() : undefined;
    const place = this.#add({ exporterId, file, state, ...(point && { point }) });
    this.#saveManifest();
    return place;
  }

  #forget(place: DiskPlace): void {
    const { home, folder } = this.#options;
    this.places.delete(place.number);
    place.close();
    // The list first: a file that it does not name is taken for a place, and a name without a file for a lost one.
    this.#attempt(() => {
      this.#saveManifest();
      removeIfThere(home.fs, cursorPath(folder, place.exporterId));
      return true;
    });
  }

  #saveManifest(): true {
    const { home, folder, head } = this.#options;
    const exporters = [...this.places.values()].map(({ exporterId }) => exporterId);
    writeManifest(home.fs, folder, { floor: head(), exporters });
    return true;
  }

  /**
   * A cursor that cannot be written costs repeats after a crash and nothing else: records are handed out all the same,
   * and it is written with the next change.
   */
  #attempt(write: () => boolean): boolean {
    try {
      return write();
    } catch (error) {
      this.#options.emit({ kind: 'upkeep_failed', message: messageOf(error) });
      return false;
    }
  }
}
