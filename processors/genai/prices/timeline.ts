import type { ConditionalPrice } from '@pydantic/genai-prices';

const msPerDay = 86_400_000;

/** Times at which a model's price may change, so that a price is worked out once for each stretch between them. */
export interface Timeline {
  readonly slots: number;
  /** The stretch that a time lies in, from 0. */
  slotAt(timeMs: number): number;
}

/** Creates a timeline from instants and from times of day, both in milliseconds. */
export function createTimeline(
  instants: readonly number[],
  timesOfDay: readonly number[],
): Timeline {
  const dates = [...new Set(instants)].filter(Number.isFinite).sort((a, b) => a - b);
  const times = [...new Set(timesOfDay)].sort((a, b) => a - b);
  return {
    slots: (dates.length + 1) * (times.length + 1),
    slotAt: (timeMs) => {
      const date = dates.length === 0 ? 0 : passed(dates, timeMs);
      const time = times.length === 0 ? 0 : passed(times, timeOfDay(timeMs));
      return date * (times.length + 1) + time;
    },
  };
}

/** How many borders lie at or before a time; from the end, because most spans are of today. */
function passed(borders: readonly number[], timeMs: number): number {
  let count = borders.length;
  while (count > 0 && (borders[count - 1] ?? 0) > timeMs) count--;
  return count;
}

/** Milliseconds since midnight UTC. */
function timeOfDay(timeMs: number): number {
  return ((timeMs % msPerDay) + msPerDay) % msPerDay;
}

type Constraint = NonNullable<ConditionalPrice['constraint']>;

/** When a catalogue's constraint begins and ends to hold: instants, or times of day. */
export function bordersOf(constraint: Constraint): {
  readonly instants: readonly number[];
  readonly timesOfDay: readonly number[];
} {
  if ('start_date' in constraint) return { instants: [startOf(constraint)], timesOfDay: [] };
  return {
    instants: [],
    timesOfDay: [parseTime(constraint.start_time), parseTime(constraint.end_time)],
  };
}

/** Whether a catalogue's constraint holds at a time; a span of the day may go over midnight. */
export function holds(constraint: Constraint, timeMs: number): boolean {
  if ('start_date' in constraint) return timeMs >= startOf(constraint);
  const time = timeOfDay(timeMs);
  const start = parseTime(constraint.start_time);
  const end = parseTime(constraint.end_time);
  return end < start ? time >= start || time < end : time >= start && time < end;
}

function startOf({ start_date: date }: { readonly start_date: string }): number {
  return Date.parse(`${date}T00:00:00Z`);
}

function parseTime(time: string): number {
  return timeOfDay(Date.parse(`1970-01-01T${time}`));
}
