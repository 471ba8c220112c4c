import type { PointData } from '../prometheus/point.ts';
import { sumUp } from '../prometheus/sum-up.ts';
import type { WritePoint } from './write-point.ts';

/** What is to be written of one point. */
export interface SeriesWrite {
  readonly point: WritePoint;
  /** Cumulative. */
  readonly data: PointData;
  readonly timeMs: number;
  /** Since when it counts; 0 where that is not known. */
  readonly startMs: number;
  /** Whether the series has ended: markers are written in place of the numbers. */
  readonly isEnded: boolean;
  /** Bounds of buckets that the series had and has no more. */
  readonly endedBounds: readonly number[];
}

/** Why a point is not written; a closed set, because it is a metric label. */
export type AdmissionRefusal = 'out_of_order' | 'duplicate';

/** What of a slice is to be written. */
export interface Admitted {
  /** In order of time within each series. */
  readonly writes: readonly SeriesWrite[];
  readonly refused: ReadonlyMap<AdmissionRefusal, number>;
  /** Points that were too far ahead of the server's clock, and now are not. */
  readonly movedPoints: number;
  /** Series that had to be forgotten for others. */
  readonly forgottenSeries: number;
}

/** What is known of every series: what deltas have come to, and the time of the last point. */
export interface SeriesTracker {
  /** Takes the points of a slice, once: deltas are added up here. `serverMs` is what the server's clock shows. */
  admit(points: readonly WritePoint[], serverMs: number): Admitted;
  /** The same writes with those moved that are too far ahead of the server's clock; undefined where there are none. */
  pullBack(writes: readonly SeriesWrite[], serverMs: number): readonly SeriesWrite[] | undefined;
}

interface Tracked {
  data: PointData;
  timeMs: number;
  readonly startMs: number;
}

/** Prometheus refuses what is more than ten minutes ahead of its clock; older ones take it, and then nothing earlier. */
const maxAheadMs = 10 * 60_000;

/** Creates a tracker that remembers `maxSeries` series: those without a point for longest are forgotten first. */
export function createSeriesTracker(maxSeries: number): SeriesTracker {
  const series = new Map<string, Tracked>();
  const remember = (key: string, tracked: Tracked): number => {
    // The last in the order of the map is the last that had a point.
    series.delete(key);
    series.set(key, tracked);
    if (series.size <= maxSeries) return 0;
    const [oldest] = series.keys();
    if (oldest !== undefined) series.delete(oldest);
    return 1;
  };
  return {
    admit: (points, serverMs) => {
      const writes: SeriesWrite[] = [];
      const refused = new Map<AdmissionRefusal, number>();
      let movedPoints = 0;
      let forgottenSeries = 0;
      for (const point of [...points].sort((a, b) => a.timeMs - b.timeMs)) {
        const known = series.get(point.key);
        const timeMs = timeOf(point, known, serverMs);
        if (timeMs < point.timeMs) movedPoints += 1;
        const verdict = admitPoint({ ...point, timeMs }, known);
        if (verdict === undefined) continue;
        if (typeof verdict === 'string') {
          if (point.isItem) refused.set(verdict, (refused.get(verdict) ?? 0) + 1);
          continue;
        }
        writes.push(verdict);
        const { data, startMs } = verdict;
        const held = { data: withoutExemplars(data), timeMs: verdict.timeMs, startMs };
        forgottenSeries += remember(point.key, held);
      }
      return { writes, refused, movedPoints, forgottenSeries };
    },
    pullBack: (writes, serverMs) => {
      const limit = serverMs + maxAheadMs;
      if (writes.every(({ timeMs }) => timeMs <= limit)) return undefined;
      return writes.map((write) => {
        if (write.timeMs <= limit) return write;
        const tracked = series.get(write.point.key);
        if (tracked !== undefined) tracked.timeMs = Math.min(tracked.timeMs, serverMs);
        return { ...write, timeMs: serverMs };
      });
    },
  };
}

/** A clock that is ahead must not close the series for all that comes after it has been set right. */
function timeOf(point: WritePoint, known: Tracked | undefined, serverMs: number): number {
  if (point.timeMs === 0) return serverMs;
  if (point.timeMs <= serverMs + maxAheadMs) return point.timeMs;
  return Math.min(point.timeMs, Math.max(serverMs, (known?.timeMs ?? 0) + 1));
}

/** What is to be written; undefined where the same was written before. */
function admitPoint(
  point: WritePoint,
  known: Tracked | undefined,
): SeriesWrite | AdmissionRefusal | undefined {
  const { data, isDelta, timeMs, startMs } = point;
  if (known === undefined) {
    const first = { point, data: data ?? emptyOf(point), timeMs, startMs };
    return { ...first, isEnded: data === undefined, endedBounds: [] };
  }
  if (data === undefined) return endSeries(point, known);
  if (isDelta) {
    const sum = sumUp(known.data, data);
    const later = Math.max(timeMs, known.timeMs + 1);
    return toWrite(point, known, { data: sum, timeMs: later, startMs: known.startMs });
  }
  if (timeMs < known.timeMs) return 'out_of_order';
  if (timeMs > known.timeMs) return toWrite(point, known, { data, timeMs, startMs });
  return isSame(data, known.data) ? undefined : 'duplicate';
}

function endSeries(point: WritePoint, known: Tracked): SeriesWrite | AdmissionRefusal {
  if (point.timeMs < known.timeMs) return 'out_of_order';
  const { data, startMs } = known;
  const timeMs = Math.max(point.timeMs, known.timeMs + 1);
  return { point, data, timeMs, startMs, isEnded: true, endedBounds: [] };
}

function toWrite(
  point: WritePoint,
  known: Tracked,
  write: Pick<SeriesWrite, 'data' | 'timeMs' | 'startMs'>,
): SeriesWrite {
  return { point, ...write, isEnded: false, endedBounds: endedBounds(known.data, write.data) };
}

/** A histogram that changes its buckets leaves series behind. */
function endedBounds(before: PointData, now: PointData): readonly number[] {
  if (before.kind !== 'histogram' || now.kind !== 'histogram') return [];
  if (before.bounds.every((bound, i) => now.bounds[i] === bound)) return [];
  const left = new Set(now.bounds);
  return before.bounds.filter((bound) => !left.has(bound));
}

/** What the series of a point that is only said to have ended look like, as far as its kind tells. */
function emptyOf({ type }: WritePoint): PointData {
  if (type === 'histogram') {
    return { kind: 'histogram', count: 0, sum: 0, bounds: [], buckets: [0], exemplars: [] };
  }
  if (type === 'summary') return { kind: 'summary', count: 0, sum: 0, quantiles: [] };
  return { kind: 'number', value: 0 };
}

function isSame(a: PointData, b: PointData): boolean {
  if (a.kind === 'number' && b.kind === 'number') return Object.is(a.value, b.value);
  if (a.kind === 'number' || b.kind === 'number') return false;
  return a.count === b.count && Object.is(a.sum, b.sum);
}

/** They were written, or will be: to hold them would hold memory for nothing. */
function withoutExemplars(data: PointData): PointData {
  if (data.kind === 'number') return { kind: 'number', value: data.value };
  return data.kind === 'histogram' && data.exemplars.length > 0 ? { ...data, exemplars: [] } : data;
}
