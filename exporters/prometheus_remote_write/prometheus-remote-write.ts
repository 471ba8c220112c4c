import { deserialize } from 'node:v8';
import type {
  ComponentContext,
  Meter,
  MetricDeclarations,
} from '../../pipeline/component/context.ts';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Payload } from '../../pipeline/component/transform.ts';
import { createPatience } from '../../pipeline/deliver/patience.ts';
import { refusedPoints } from '../prometheus/refused-points.ts';
import type { RemoteWriteConfig } from './config.ts';
import { openConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { createFlight } from './flight.ts';
import type { Flight } from './flight.ts';
import { dealLanes } from './lanes.ts';
import { createLosses } from './losses.ts';
import { createMetadataSender } from './metadata.ts';
import { createSeriesTracker } from './series-tracker.ts';
import type { WritePoint } from './write-point.ts';

/** What the exporter counts of its own. */
export const remoteWriteMetrics: MetricDeclarations = {
  weir_exporter_refused_points_total: refusedPoints,
  weir_exporter_moved_points_total: {
    type: 'counter',
    help: "Points that were more than ten minutes ahead of the server's clock and were written with its time.",
    labels: [],
  },
  weir_exporter_forgotten_series_total: {
    type: 'counter',
    help: 'Series whose last point was forgotten for others: sums of their deltas begin at 0 again.',
    labels: [],
  },
  weir_exporter_protocol_fallbacks_total: {
    type: 'counter',
    help: 'Times that a server which did not say that it wrote remote write 2.0 was sent 1.0 instead.',
    labels: [],
  },
};

/**
 * Far more than are ever under way, one for each pipeline that has the exporter; of those that have arrived, for what the
 * loop may still halve, as many again.
 */
const maxFlights = 16;

/**
 * Writes slices to a server, one at a time, each as shards by series. What a slice adds to the series is added when it is
 * first sent; its repeats send only what the server has not taken.
 */
export function createRemoteWrite(config: RemoteWriteConfig, context: ComponentContext): Exporter {
  const { meter } = context;
  const tracker = createSeriesTracker(config.max_series);
  const patience = createPatience();
  const metadata = createMetadataSender(context.clock);
  const flights = new Map<string, Flight>();
  const shards = config.max_batch_request_parallelism ?? config.remote_write_queue.num_consumers;
  let connection: Connection | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const depart = (payload: Payload, to: Connection): Flight => {
    // The encoder of this type, in prometheus-remote-write.worker.ts, makes nothing else.
    const points = deserialize(payload.body) as WritePoint[];
    const losses = createLosses((reason, count) => {
      meter.count('weir_exporter_refused_points_total', { reason }, count);
    });
    const { writes, refused, ...counts } = tracker.admit(points, to.clock.now());
    for (const [reason, count] of refused) losses.add(reason, count);
    countAbove0(meter, 'weir_exporter_moved_points_total', counts.movedPoints);
    countAbove0(meter, 'weir_exporter_forgotten_series_total', counts.forgottenSeries);
    if (config.send_metadata) metadata.add(points);
    return createFlight({
      lanes: dealLanes(writes, { shards, maxBytes: config.max_batch_size_bytes }),
      credit: patience.begin(),
      losses,
      send: (requested, abort) => to.send(requested, abort),
      pullBack: (ahead) => {
        const moved = tracker.pullBack(ahead, to.clock.now());
        countAbove0(meter, 'weir_exporter_moved_points_total', countMoved(ahead, moved ?? ahead));
        return moved;
      },
    });
  };

  const advance = async (payload: Payload, id: string, abort: AbortSignal): Promise<Outcome> => {
    if (connection === undefined) throw new Error('send before start');
    const flightId = findFlight(flights, id) ?? id;
    const flight = flights.get(flightId) ?? depart(payload, connection);
    // The last in the order of the map is the last that was on its way.
    flights.delete(flightId);
    flights.set(flightId, flight);
    const failure = await metadata.send(connection, abort);
    forgetOldest(flights);
    return failure ?? (await flight.advance(abort));
  };

  return {
    start: async () => {
      connection = await openConnection(config, context);
    },
    shutdown: () => {
      connection?.close();
      connection = undefined;
      return Promise.resolve();
    },
    send: (payload, { id, abort }) => {
      // Pipelines that share the exporter take turns, and so does an attempt with the one before it that was cut off.
      const attempt = turn.then(() => advance(payload, id, abort));
      turn = attempt.catch(() => undefined);
      return attempt;
    },
  };
}

function countAbove0(meter: Meter, name: string, value: number): void {
  if (value > 0) meter.count(name, {}, value);
}

function countMoved<T>(before: readonly T[], after: readonly T[]): number {
  return after.filter((one, i) => one !== before[i]).length;
}

/**
 * The id of the flight of a slice, or of the whole that it is a half of: the delivery loop halves what fails for too long,
 * and what the whole has in it is on its way, and added to the series, already. Ids: the whole's, and `/0` or `/1` for each
 * halving.
 */
function findFlight(flights: ReadonlyMap<string, Flight>, id: string): string | undefined {
  if (flights.has(id)) return id;
  return /\/[01]$/.test(id) ? findFlight(flights, id.slice(0, -2)) : undefined;
}

/** What other pipelines send meanwhile must not push out a slice that waits to be repeated: it would be added twice. */
function forgetOldest(flights: Map<string, Flight>): void {
  for (const hasArrived of [true, false]) {
    const alike = [...flights].filter(([, flight]) => flight.hasArrived === hasArrived);
    for (const [id] of alike.slice(0, -maxFlights)) flights.delete(id);
  }
}
