import type { FamilyType, Point, PointData } from './point.ts';
import { sumUp } from './sum-up.ts';

/** The newest point of one series. */
export interface StoredSeries {
  readonly labels: string;
  data: PointData;
  timeMs: number;
  /** On the clock that never jumps. */
  seenMs: number;
}

/** All series of one name. */
export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  help: string;
  readonly series: Map<string, StoredSeries>;
}

/** Why a point was not taken; a closed set, because it is a metric label. */
export type Refusal = 'series_limit' | 'type_conflict';

/** What is served at the next scrape. */
export interface SeriesStore {
  /** Takes a point; says why not, where it cannot. */
  add(point: Point<string>, nowMs: number): Refusal | undefined;
  /** Forgets series without a point for the given time. */
  expire(nowMs: number, maxAgeMs: number): void;
  readonly families: Iterable<Family>;
}

/** Creates an empty store that holds at most `maxSeries` series. */
export function createSeriesStore(maxSeries: number): SeriesStore {
  const families = new Map<string, Family>();
  let size = 0;
  const remove = (family: Family, labels: string): void => {
    if (family.series.delete(labels)) size -= 1;
    if (family.series.size === 0) families.delete(family.name);
  };
  return {
    add: (point, nowMs) => {
      const family = families.get(point.family) ?? toFamily(point);
      if (family.type !== point.type) return 'type_conflict';
      const known = family.series.get(point.labels);
      if (point.data === undefined) {
        remove(family, point.labels);
        return undefined;
      }
      if (known !== undefined) {
        if (update(known, point, point.data)) known.seenMs = nowMs;
        return undefined;
      }
      if (size >= maxSeries) return 'series_limit';
      const { labels, data, timeMs } = point;
      family.series.set(labels, { labels, data, timeMs, seenMs: nowMs });
      families.set(family.name, family);
      size += 1;
      return undefined;
    },
    expire: (nowMs, maxAgeMs) => {
      for (const family of families.values()) {
        for (const { labels, seenMs } of family.series.values()) {
          if (nowMs - seenMs > maxAgeMs) remove(family, labels);
        }
      }
    },
    get families() {
      return families.values();
    },
  };
}

function toFamily({ family, type, help }: Point<string>): Family {
  return { name: family, type, help, series: new Map() };
}

/**
 * Requests overtake each other: a point that is older than the one that is held says nothing new, and false is returned. It
 * does not keep the series either: one point of a clock that was ahead would be served for ever. Deltas add up in any order.
 */
function update(known: StoredSeries, { isDelta, timeMs }: Point<string>, data: PointData): boolean {
  if (!isDelta && timeMs < known.timeMs) return false;
  known.data = isDelta ? sumUp(known.data, data) : data;
  known.timeMs = Math.max(known.timeMs, timeMs);
  return true;
}
