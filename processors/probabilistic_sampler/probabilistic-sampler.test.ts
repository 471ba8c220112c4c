import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import { probabilisticSamplerProcessor } from './factory.ts';
import type { ProbabilisticSamplerConfig } from './config.ts';
import { probabilisticSamplerConfig } from './config.ts';
import { probabilisticSamplerTransform } from './probabilistic-sampler.worker.ts';

interface AttributeJson {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface ItemJson {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly traceState?: string;
  readonly attributes?: readonly AttributeJson[];
}

const itemPath = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
} as const;

interface Outcome {
  readonly kept: readonly ItemJson[];
  readonly counts: ReadonlyMap<string, number>;
}

function sample(signal: 'traces' | 'logs', config: unknown, items: readonly ItemJson[]): Outcome {
  const keys = createKeys();
  const counts = new Map<string, number>();
  const parsed: ProbabilisticSamplerConfig = probabilisticSamplerConfig.parse(config);
  const transform = probabilisticSamplerTransform.create(parsed, undefined, {
    id: 'probabilistic_sampler',
    signal,
    keys,
    count: (name, labels = {}, value = 1) => {
      const series = [name, ...Object.values(labels)].join(' ');
      counts.set(series, (counts.get(series) ?? 0) + value);
    },
    sharedTable: () => {
      throw new Error('the sampler declares no table');
    },
  });
  const [outer, inner, leaf] = itemPath[signal];
  const json = { [outer]: [{ [inner]: [{ [leaf]: items }] }] };
  const batch = createBatchReader(keys).open(
    signal,
    decodeJson(signal, Buffer.from(JSON.stringify(json))),
  );
  transform(batch);
  assert.equal(batch.items + batch.dropped('sampled_out'), items.length);
  return { kept: itemsOf(signal, batch.encode()), counts };
}

function itemsOf(signal: Signal, bytes: Uint8Array): ItemJson[] {
  // encodeJson writes what the schema says; the search finds the lists of items in it.
  const found: ItemJson[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'spans' || name === 'logRecords') found.push(...(inner as ItemJson[]));
      else visit(inner);
    }
  };
  visit(JSON.parse(encodeJson(signal, bytes)));
  return found;
}

const spanId = '00f067aa0ba902b7';
/** Kept at 50 % and not at 49 %: its randomness is exactly half. */
const halfId = 'fefefefefefefefefe80000000000000';
const surelyId = '111111111111111111ffffffffffffff';

function span(traceId: string, traceState = '', attributes: AttributeJson[] = []): ItemJson {
  return { traceId, spanId, traceState, attributes };
}

interface StateCase {
  readonly name: string;
  readonly percentage: number;
  readonly precision?: number;
  readonly traceId?: string;
  readonly arriving?: string;
  readonly failClosed?: boolean;
  /** What is written by mode, undefined where the span is dropped. */
  readonly equalizing: string | undefined;
  readonly proportional: string | undefined;
}

const same = (written: string | undefined): Pick<StateCase, 'equalizing' | 'proportional'> => ({
  equalizing: written,
  proportional: written,
});

/** Facts of the Collector's own tests. */
const stateCases: readonly StateCase[] = [
  { name: '100 percent', percentage: 100, ...same('ot=th:0') },
  { name: '200 percent', percentage: 200, ...same('ot=th:0') },
  { name: '50 percent', percentage: 50, ...same('ot=th:8') },
  { name: '49 percent', percentage: 49, ...same(undefined) },
  {
    name: '25 percent kept',
    percentage: 25,
    traceId: 'ddddddddddddddddddc0000000000000',
    ...same('ot=th:c'),
  },
  {
    name: '25 percent dropped',
    percentage: 25,
    traceId: 'ddddddddddddddddddb0000000000000',
    ...same(undefined),
  },
  {
    name: '1 percent of full precision',
    percentage: 1,
    precision: 14,
    arriving: 'ot=rv:FD70A3D70A3D71',
    ...same('ot=rv:FD70A3D70A3D71;th:fd70a3d70a3d71'),
  },
  {
    name: '1 percent, 4 digits',
    percentage: 1,
    precision: 4,
    arriving: 'ot=rv:FD70A3D70A3D71',
    ...same('ot=rv:FD70A3D70A3D71;th:fd70a'),
  },
  {
    name: '1 percent, 3 digits',
    percentage: 1,
    precision: 3,
    arriving: 'ot=rv:FD70A3D70A3D71',
    ...same(undefined),
  },
  {
    name: '50 percent arriving at 50',
    percentage: 50,
    arriving: 'ot=rv:90000000000000;th:80000000000000',
    equalizing: 'ot=rv:90000000000000;th:8',
    proportional: undefined,
  },
  {
    name: '50 percent arriving at 25',
    percentage: 25,
    arriving: 'ot=th:8',
    traceId: 'f'.repeat(32),
    equalizing: 'ot=th:c',
    proportional: 'ot=th:e',
  },
  {
    name: '50 percent arriving at 40',
    percentage: 40,
    precision: 6,
    arriving: 'ot=th:8',
    traceId: 'a0a0a0a0a0a0a0a0a0d0000000000000',
    equalizing: 'ot=th:99999a',
    proportional: 'ot=th:cccccd',
  },
  {
    name: 'tiny',
    percentage: 100 * 2 ** -14,
    precision: 14,
    arriving: 'ot=th:fffc',
    traceId: surelyId,
    equalizing: 'ot=th:fffc',
    proportional: 'ot=th:fffffff',
  },
  {
    name: 'underflow',
    percentage: 2 ** -4,
    precision: 14,
    arriving: 'ot=th:fffffffffffff8',
    traceId: surelyId,
    equalizing: 'ot=th:fffffffffffff8',
    proportional: undefined,
  },
  {
    name: 'inconsistent, open',
    percentage: 100,
    arriving: 'ot=rv:40000000000000;th:8',
    failClosed: false,
    ...same('ot=rv:40000000000000;th:0'),
  },
  {
    name: 'inconsistent, closed',
    percentage: 100,
    arriving: 'ot=rv:40000000000000;th:8',
    ...same(undefined),
  },
  {
    name: 'invalid randomness',
    percentage: 100,
    arriving: 'ot=rv:abababababababab',
    ...same(undefined),
  },
  {
    name: 'other vendors',
    percentage: 100,
    arriving: 'a=1,ot=x:1,b=2',
    ...same('ot=th:0;x:1,a=1,b=2'),
  },
];

describe('probabilistic_sampler on spans', () => {
  for (const mode of ['equalizing', 'proportional'] as const) {
    for (const test of stateCases) {
      it(`${mode}: ${test.name}`, () => {
        const config = {
          mode,
          sampling_percentage: test.percentage,
          sampling_precision: test.precision ?? 4,
          fail_closed: test.failClosed ?? true,
        };
        const { kept } = sample('traces', config, [span(test.traceId ?? halfId, test.arriving)]);
        const expected = test[mode];
        assert.deepEqual(
          kept.map(({ traceState }) => traceState),
          expected === undefined ? [] : [expected],
        );
      });
    }
  }

  it('obeys sampling.priority in any type', () => {
    const values = [
      { intValue: '2' },
      { doubleValue: 1 },
      { stringValue: '0.5' },
      { intValue: '-1' },
      { stringValue: 'NaN' },
    ];
    const spans = values.map((value) => span(halfId, '', [{ key: 'sampling.priority', value }]));
    assert.equal(sample('traces', { sampling_percentage: 0 }, spans).kept.length, 3);
    const zeros = [{ intValue: '0' }, { doubleValue: 0 }, { stringValue: '0.0' }];
    const dropped = zeros.map((value) => span(halfId, '', [{ key: 'sampling.priority', value }]));
    assert.equal(sample('traces', { sampling_percentage: 100 }, dropped).kept.length, 0);
  });

  it('writes its own randomness in hash_seed mode, and takes another’s state for an error', () => {
    const { kept } = sample('traces', { sampling_percentage: 100 }, [span(halfId)]);
    assert.match(kept[0]?.traceState ?? '', /^ot=rv:[0-9a-f]{14};th:0$/);
    const closed = sample('traces', { sampling_percentage: 100 }, [span(halfId, 'ot=th:8')]);
    assert.equal(closed.kept.length, 0);
    assert.equal(closed.counts.get('weir_sampler_errors_total threshold_in_use'), 1);
    const open = sample('traces', { sampling_percentage: 100, fail_closed: false }, [
      span(halfId, 'ot=th:8'),
    ]);
    assert.equal(open.kept[0]?.traceState, 'ot=th:8');
  });

  it('keeps about the share that it is asked for, in every mode', () => {
    const spans = Array.from({ length: 4000 }, (_, index) => span(mixedId(index)));
    for (const mode of ['hash_seed', 'proportional', 'equalizing']) {
      const { kept, counts } = sample('traces', { mode, sampling_percentage: 25 }, spans);
      assert.ok(Math.abs(kept.length - 1000) < 150, `${mode}: ${kept.length}`);
      const decided = [...counts.values()].reduce((sum, count) => sum + count, 0);
      assert.equal(decided, spans.length);
    }
  });

  it('keeps at a higher rate all that it keeps at a lower one', () => {
    const spans = Array.from({ length: 500 }, (_, index) => span(mixedId(index)));
    for (const mode of ['hash_seed', 'proportional', 'equalizing']) {
      let before = new Set<string | undefined>();
      for (const percentage of [1, 10, 30, 70, 100]) {
        const { kept } = sample('traces', { mode, sampling_percentage: percentage }, spans);
        const now = new Set(kept.map(({ traceId }) => traceId));
        for (const traceId of before) assert.ok(now.has(traceId));
        before = now;
      }
    }
  });
});

/** Trace ids that differ in every byte, the same in each run. */
function mixedId(index: number): string {
  let state = index + 1;
  let hex = '';
  while (hex.length < 32) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    hex += (state >>> 0).toString(16).padStart(8, '0');
  }
  return hex;
}

/** The records of the Collector's test of log sampling: 100 of them, half with `foo` and `bar`, a quarter with a priority. */
function collectorRecords(): ItemJson[] {
  return Array.from({ length: 100 }, (_, index) => {
    const traceId = `${'00'.repeat(8)}${index.toString(16).padStart(2, '0').repeat(8)}`;
    const attributes: AttributeJson[] = [];
    if (index % 2 === 0) {
      attributes.push({
        key: 'foo',
        value: { bytesValue: Buffer.from(traceId, 'hex').toString('base64') },
      });
      attributes.push({ key: 'bar', value: { stringValue: index === 0 ? '' : traceId } });
    }
    if (index % 4 === 0) attributes.push({ key: 'priority', value: { doubleValue: 100 } });
    return { traceId: index === 0 ? '' : traceId, attributes };
  });
}

describe('probabilistic_sampler on log records', () => {
  for (const [name, config, expected] of [
    ['all', { sampling_percentage: 100, fail_closed: false }, 100],
    ['none', { sampling_percentage: 0 }, 0],
    ['half by trace id', { sampling_percentage: 50 }, 45],
    [
      'half by bytes',
      { sampling_percentage: 50, attribute_source: 'record', from_attribute: 'foo' },
      23,
    ],
    [
      'half by text',
      { sampling_percentage: 50, attribute_source: 'record', from_attribute: 'bar' },
      29,
    ],
    ['by priority only', { sampling_percentage: 0, sampling_priority: 'priority' }, 25],
  ] as const) {
    it(`keeps ${expected} of the Collector's 100 records: ${name}`, () => {
      assert.equal(sample('logs', config, collectorRecords()).kept.length, expected);
    });
  }

  it('writes threshold and randomness as attributes', () => {
    const config = {
      sampling_percentage: 100,
      attribute_source: 'record',
      from_attribute: 'r',
      hash_seed: 49,
    };
    const { kept } = sample('logs', config, [
      { attributes: [{ key: 'r', value: { stringValue: '1234' } }] },
    ]);
    const names = kept[0]?.attributes?.map(({ key }) => key);
    assert.deepEqual(names, ['r', 'sampling.threshold', 'sampling.randomness']);
  });

  it('takes a record’s own percentage, and never lowers what arrived', () => {
    const own = sample(
      'logs',
      { sampling_percentage: 0, sampling_priority: 'p', sampling_precision: 6 },
      [
        {
          traceId: halfId,
          attributes: [
            { key: 'sampling.randomness', value: { stringValue: 'e6147c00000000' } },
            { key: 'p', value: { doubleValue: 10.125 } },
          ],
        },
      ],
    );
    assert.equal(stringOf(own.kept[0], 'sampling.threshold'), 'e6147b');
    const lower = sample(
      'logs',
      { mode: 'equalizing', sampling_percentage: 50, sampling_priority: 'p' },
      [
        {
          traceId: 'fe'.repeat(16),
          attributes: [
            { key: 'sampling.threshold', value: { stringValue: 'c' } },
            { key: 'p', value: { intValue: '37' } },
          ],
        },
      ],
    );
    assert.equal(stringOf(lower.kept[0], 'sampling.threshold'), 'c');
  });
});

function stringOf(item: ItemJson | undefined, key: string): unknown {
  return item?.attributes?.find((attribute) => attribute.key === key)?.value['stringValue'];
}

describe('probabilistic_sampler configuration', () => {
  it('wants a percentage that it can express', () => {
    const problems = (config: unknown): number =>
      probabilisticSamplerProcessor.schema.safeParse(config).error?.issues.length ?? 0;
    assert.equal(problems({ sampling_percentage: 15.5 }), 0);
    assert.equal(problems({}), 1);
    assert.equal(problems({ sampling_percentage: -1 }), 1);
    assert.equal(problems({ sampling_percentage: 1e-16 }), 1);
    assert.equal(problems({ sampling_percentage: 1, sampling_precision: 15 }), 1);
    assert.equal(problems({ sampling_percentage: 1, mode: 'other' }), 1);
  });

  it('counts as a sampler', () => {
    assert.equal(probabilisticSamplerProcessor.samples, true);
  });
});
