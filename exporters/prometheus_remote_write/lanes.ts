import type { SeriesWrite } from './series-tracker.ts';

/** The requests of one shard, in the order in which they must be sent. */
export type Lane = SeriesWrite[][];

/**
 * Deals writes to shards by their series, and within a shard to requests that hold one point of a series at most and stay
 * below a size. So a request that is repeated, because its answer was lost, repeats the newest points of its series, which
 * Prometheus takes; with two points of a series it would refuse the first one as out of order.
 */
export function dealLanes(
  writes: readonly SeriesWrite[],
  options: { readonly shards: number; readonly maxBytes: number },
): Lane[] {
  const shards = Array.from({ length: options.shards }, (): SeriesWrite[] => []);
  for (const write of writes) shards[hashOf(write.point.key) % options.shards]?.push(write);
  return shards
    .filter(({ length }) => length > 0)
    .map((shard) => toRounds(shard).flatMap((round) => toRequests(round, options.maxBytes)));
}

/** The first point of every series, then the second of each, and so on. */
function toRounds(writes: readonly SeriesWrite[]): SeriesWrite[][] {
  const seen = new Map<string, number>();
  const rounds: SeriesWrite[][] = [];
  for (const write of writes) {
    const round = seen.get(write.point.key) ?? 0;
    seen.set(write.point.key, round + 1);
    const others = rounds[round] ?? [];
    rounds[round] = others;
    others.push(write);
  }
  return rounds;
}

function toRequests(round: readonly SeriesWrite[], maxBytes: number): Lane {
  const requests: Lane = [];
  let open: SeriesWrite[] = [];
  let room = 0;
  for (const write of round) {
    const bytes = sizeOf(write);
    if (open.length === 0 || bytes > room) {
      open = [];
      room = maxBytes;
      requests.push(open);
    }
    open.push(write);
    room -= bytes;
  }
  return requests;
}

/** Tags and lengths of a label, and of a series with its sample and name. */
const labelBytes = 6;
const sampleBytes = 40;

/** About what remote write 1.0 needs; 2.0 needs less. */
function sizeOf({ point, data, endedBounds }: SeriesWrite): number {
  let bytes = point.family.length + sampleBytes;
  for (const text of point.labels) bytes += text.length + labelBytes / 2;
  return bytes * (countSamples(data) + endedBounds.length);
}

function countSamples(data: SeriesWrite['data']): number {
  if (data.kind === 'number') return 1;
  return (data.kind === 'histogram' ? data.buckets.length : data.quantiles.length) + 2;
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
