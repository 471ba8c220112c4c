import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { atOnce, openLogUnderTest, unlimited } from '../../../test/support/disk-log.ts';
import type { LogUnderTest } from '../../../test/support/disk-log.ts';
import { CrashError, createMemoryDisk } from '../../../test/support/memory-disk.ts';
import type { StorageMode } from '../storage.ts';
import type { LogEvent } from './events.ts';

type Action =
  | { readonly kind: 'append'; readonly sizes: readonly number[] }
  | { readonly kind: 'take'; readonly exporter: number; readonly maxItems: number }
  | { readonly kind: 'settle'; readonly exporter: number; readonly pick: number }
  | { readonly kind: 'settle_all' }
  | { readonly kind: 'upkeep'; readonly isIdle: boolean }
  | { readonly kind: 'restart' }
  | { readonly kind: 'crash'; readonly afterSteps: number; readonly part: number };

const exporters = ['otlp/a', 'clickhouse'] as const;

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      sizes: fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      exporter: fc.nat(1),
      maxItems: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      exporter: fc.nat(1),
      pick: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle_all' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('upkeep' as const), isIdle: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      afterSteps: fc.nat(25),
      part: fc.nat(900),
    }),
  },
);

/** What an exporter's sink has seen, and what it has in hand. */
interface Sink {
  readonly place: { number: number };
  /** Ranges in flight, by their first position. */
  readonly inHand: Map<number, { readonly to: number; readonly ids: readonly string[] }>;
  readonly delivered: Set<string>;
  /** Settled, and told to the log in a turn that ended. */
  readonly certain: Set<string>;
}

/** The log as it should be: a list of acknowledged records, and for each exporter what it has settled. */
class World {
  readonly disk = createMemoryDisk();
  readonly acknowledged = new Set<string>();
  readonly appended = new Set<string>();
  readonly sinks: readonly Sink[] = exporters.map(() => ({
    place: { number: 0 },
    inHand: new Map(),
    delivered: new Set(),
    certain: new Set(),
  }));
  /** Contents by range: the same range is the same records for ever. */
  readonly ranges = new Map<string, string>();
  readonly positions = new Map<number, string>();
  crashes = 0;
  /** Files of settled segments that were written over. */
  reused = 0;
  log: LogUnderTest;
  readonly #mode: StorageMode;
  readonly #how: 'kill' | 'power';
  readonly #random: () => number;
  #records = 0;
  #tickets = 0;
  readonly #underWay = new Map<number, string>();
  /** What was in flight at the last crash. */
  readonly #inFlight = new Map<Sink, readonly (readonly [number, number])[]>();

  constructor(mode: StorageMode, how: 'kill' | 'power', random: () => number) {
    this.#mode = mode;
    this.#how = how;
    this.#random = random;
    this.#crashAfter(Infinity);
    this.log = this.#open();
  }

  run(step: Action): void {
    try {
      this.#act(step);
      // The log survives some errors of its disk, and so what looks like one.
      if (this.disk.isDown) throw new CrashError('the process is dead');
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      this.#crash();
    }
  }

  /** Everything that is owed is taken and settled. */
  drain(): void {
    this.#crashAfter(Infinity);
    this.#settleAll();
  }

  #settleAll(): void {
    for (const [index, sink] of this.sinks.entries()) {
      for (let turn = 0; turn < 10_000; turn += 1) {
        const before = sink.inHand.size;
        this.#take(index, 100);
        const [from] = sink.inHand.keys();
        if (from === undefined) break;
        if (sink.inHand.size > before || before > 0) this.#settle(sink, from);
      }
      assert.equal(sink.inHand.size, 0);
    }
    this.log.core.flush();
    this.#hear();
  }

  #act(step: Action): void {
    switch (step.kind) {
      case 'append':
        this.#append(step.sizes);
        return;
      case 'take':
        this.#take(step.exporter, step.maxItems);
        return;
      case 'settle': {
        const sink = this.sinks[step.exporter];
        const from = [...(sink?.inHand.keys() ?? [])][step.pick];
        if (sink !== undefined && from !== undefined) this.#settle(sink, from);
        return;
      }
      case 'settle_all':
        this.#settleAll();
        return;
      case 'upkeep':
        this.log.core.sync();
        if (!step.isIdle) return;
        this.log.core.retire();
        this.log.core.sync();
        return;
      case 'restart':
        this.log.core.close();
        this.#hear();
        this.#forgetHands();
        this.log = this.#open();
        return;
      case 'crash':
        this.#crashAfter(step.afterSteps, step.part);
    }
  }

  #append(sizes: readonly number[]): void {
    for (const size of sizes) {
      this.#records += 1;
      const id = `<${this.#records}${'.'.repeat(size)}>`;
      this.appended.add(id);
      this.#underWay.set(this.#records, id);
      const bytes = Buffer.from(id);
      this.log.core.append({ number: this.#records, bytes, items: 1, requests: 1 });
    }
    this.log.core.flush();
    this.#hear();
  }

  #take(exporter: number, maxItems: number): void {
    const sink = this.sinks[exporter];
    if (sink === undefined) return;
    this.#tickets += 1;
    const limits = { ...atOnce, maxItems };
    this.log.core.ask(sink.place.number, this.#tickets, limits);
    this.log.core.flush();
    this.#hear();
    this.log.core.cancel(sink.place.number, this.#tickets);
  }

  #settle(sink: Sink, from: number): void {
    const slice = sink.inHand.get(from);
    assert.ok(slice);
    sink.inHand.delete(from);
    for (const id of slice.ids) sink.delivered.add(id);
    this.log.core.settle(sink.place.number, from);
    this.log.core.flush();
    this.#hear();
    if (this.#how === 'kill') for (const id of slice.ids) sink.certain.add(id);
  }

  /** What a process that has died had not told yet, it never tells. */
  #hear(): void {
    if (this.disk.isDown) throw new CrashError('the process is dead');
    for (const event of this.log.drainEvents()) this.#hearOne(event);
  }

  #hearOne(event: LogEvent): void {
    if (event.kind === 'committed') {
      for (const number of event.appends) {
        const id = this.#underWay.get(number);
        assert.ok(id !== undefined);
        this.acknowledged.add(id);
      }
    } else if (event.kind === 'slice') {
      const sink = this.sinks.find(({ place }) => place.number === event.place);
      assert.ok(sink);
      this.#checkSlice(sink, event.slice);
    } else {
      assert.ok(
        ![
          'corrupt',
          'quarantined',
          'replayed',
          'upkeep_failed',
          'failed',
          'dropped',
          'full',
        ].includes(event.kind) ||
          (this.#how === 'power' && event.kind === 'corrupt'),
        event.kind,
      );
    }
  }

  #checkSlice(sink: Sink, slice: Extract<LogEvent, { kind: 'slice' }>['slice']): void {
    const { from, to, bytes, amount } = slice;
    const content = Buffer.from(bytes).toString();
    const ids = content.match(/<[^>]*>/g) ?? [];
    assert.equal(ids.join(''), content);
    assert.equal(ids.length, amount.items);
    for (const id of ids) {
      assert.ok(this.appended.has(id), 'a record that nobody appended');
      assert.ok(!sink.certain.has(id), 'a record that was settled before the crash comes again');
    }
    const known = this.ranges.get(`${from}-${to}`);
    assert.equal(known ?? content, content, 'the same range with other records');
    this.ranges.set(`${from}-${to}`, content);
    if (ids.length === to - from) {
      for (const [index, id] of ids.entries()) {
        assert.equal(this.positions.get(from + index) ?? id, id, 'a position given out twice');
        this.positions.set(from + index, id);
      }
    }
    for (const [start, end] of this.#inFlight.get(sink) ?? []) {
      const isSame = start === from && end === to;
      const isApart = to <= start || from >= end;
      assert.ok(isSame || isApart, 'what was in flight comes again as it was');
    }
    sink.inHand.set(from, { to, ids });
  }

  #crash(): void {
    this.crashes += 1;
    this.log.drainEvents();
    this.disk.restart(this.#how, this.#random);
    this.#crashAfter(Infinity);
    this.#forgetHands();
    this.log = this.#open();
  }

  /** What was in flight in the sinks' hands is asked for again. */
  #forgetHands(): void {
    for (const sink of this.sinks) {
      const inHand = [...sink.inHand].map(([from, { to }]): [number, number] => [from, to]);
      this.#inFlight.set(sink, this.#how === 'kill' ? inHand : []);
    }
    for (const sink of this.sinks) sink.inHand.clear();
  }

  /** Lets the process die after some steps of the disk. */
  #crashAfter(steps: number, bytes = 0): void {
    let left = steps;
    this.disk.intercept = ({ operation, path }) => {
      if (operation === 'rename' && path.endsWith('.seg')) this.reused += 1;
      left -= 1;
      return left < 0 ? { kind: 'crash', bytes } : undefined;
    };
  }

  #open(): LogUnderTest {
    const log = openLogUnderTest(this.disk, { mode: this.#mode });
    for (const [index, exporterId] of exporters.entries()) {
      const sink = this.sinks[index];
      if (sink !== undefined) sink.place.number = log.core.open(exporterId, unlimited).place.number;
    }
    return log;
  }
}

function check(mode: StorageMode, how: 'kill' | 'power', runs: number, seed?: number): void {
  let crashes = 0;
  let reused = 0;
  fc.assert(
    fc.property(
      fc.array(action, { minLength: 20, maxLength: 60 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (steps, stream) => {
        const random = (): number => Number(stream.next().value);
        const world = new World(mode, how, random);
        for (const step of steps) world.run(step);
        world.drain();
        for (const sink of world.sinks) {
          const lost = [...world.acknowledged].filter((id) => !sink.delivered.has(id));
          assert.deepEqual(lost, [], 'acknowledged and lost');
        }
        crashes += world.crashes;
        reused += world.reused;
      },
    ),
    { numRuns: runs, includeErrorInReport: true, ...(seed !== undefined && { seed }) },
  );
  assert.ok(crashes > runs / 4, `only ${crashes} crashes`);
  assert.ok(reused > 0, 'no file was written over');
}

describe('a log whose process dies at any step', () => {
  test('loses nothing that was acknowledged, and forms slices in flight again just so', () => {
    check('fsync', 'kill', 150);
    check('write', 'kill', 75);
  });
});

describe('a log whose machine loses power at any step', () => {
  test('loses nothing that was acknowledged, and never gives a position to another record', () => {
    check('fsync', 'power', 150);
  });

  test('keeps one whole slot of a cursor however many were written since the last sync', () => {
    // The seed that tore both slots of a cursor when there were two.
    check('fsync', 'power', 20, 7919);
  });
});
