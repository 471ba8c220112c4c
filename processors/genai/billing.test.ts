import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SharedTable } from '../../pipeline/component/shared-table.ts';
import { TableKey } from '../../pipeline/component/table-key.ts';
import { createBilling, type Entry } from './billing.ts';
import { type Call, createCall } from './call.ts';
import type { Usage } from './usage.ts';

function createTable(): SharedTable & { readonly keys: readonly string[] } {
  const values = new Map<string, bigint>();
  const nameOf = ({ low, high }: TableKey): string => `${low} ${high}`;
  return {
    capacity: 100,
    claim: (key, value) => {
      const name = nameOf(key);
      if (!values.has(name)) values.set(name, value);
      return values.get(name) ?? value;
    },
    get: (key) => values.get(nameOf(key)) ?? 0n,
    get keys() {
      return [...values.keys()];
    },
  };
}

interface Given extends Partial<
  Pick<Call, 'kind' | 'responseId' | 'isAggregate' | 'providedCost'>
> {
  readonly parent?: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly usage?: Partial<Usage>;
  readonly scope?: string;
  readonly model?: string;
  readonly isFirstHand?: boolean;
  readonly isPriceable?: boolean;
}

function entryOf(spanId: string, given: Given): Entry {
  const call = createCall();
  call.kind = given.kind ?? 'llm';
  call.responseId = given.responseId;
  call.responseModel = given.model;
  Object.assign(call.usage, given.usage ?? { input: 100, output: 10 });
  return {
    call,
    ordinal: 0,
    scope: given.scope ?? 'scope',
    isFirstHand: given.isFirstHand ?? false,
    ids: Int32Array.of(1, 2, 3, 4, 0, parseInt(spanId, 16), 0, parseInt(given.parent ?? '0', 16)),
    startMs: given.startMs ?? 0,
    endMs: given.endMs ?? 0,
    isIdentified: false,
    responseKey: new TableKey(),
    hasReusedId: false,
    isPriceable: given.isPriceable ?? true,
    bill: 'none',
    duplicateOf: 0n,
    better: undefined,
    belowInput: 0,
    belowOutput: 0,
  };
}

function settled(entries: readonly Entry[], table = createTable()): string[] {
  createBilling(table)(entries);
  return entries.map(({ bill, duplicateOf }) =>
    bill === 'duplicate' ? `duplicate of ${duplicateOf.toString(16)}` : bill,
  );
}

test('two spans with one response id are one call, billed where more is known', () => {
  const poor = entryOf('1', { responseId: 'msg_abcdefgh' });
  const rich = entryOf('2', {
    responseId: 'msg_abcdefgh',
    usage: { input: 100, output: 10, cacheRead: 50 },
  });
  assert.deepEqual(settled([poor, rich]), ['duplicate of 2', 'bill']);
});

test('a span that can be priced is billed before a richer one that cannot', () => {
  const usage = { input: 100, output: 10, cacheRead: 50, reasoning: 5 };
  const deployment = entryOf('1', { responseId: 'msg_abcdefgh', usage, isPriceable: false });
  const known = entryOf('2', { responseId: 'msg_abcdefgh' });
  assert.deepEqual(settled([deployment, known]), ['duplicate of 2', 'bill']);
});

test('a wrapper and the call below it with the same counts are one call, through spans between them', () => {
  const call = entryOf('3', { parent: '2' });
  const chain = entryOf('2', { parent: '1', kind: 'chain', usage: {} });
  const wrapper = entryOf('1', {});
  assert.deepEqual(settled([call, chain, wrapper]), ['bill', 'none', 'duplicate of 3']);
});

test('siblings with the same counts and different ids are two calls', () => {
  const first = entryOf('2', { parent: '1', responseId: 'msg_aaaaaaaa' });
  const second = entryOf('3', { parent: '1', responseId: 'msg_bbbbbbbb' });
  assert.deepEqual(settled([first, second]), ['bill', 'bill']);
});

test('a model span whose counts are the sum of those below it is an aggregate', () => {
  const first = entryOf('2', { parent: '1', usage: { input: 100, output: 10 } });
  const second = entryOf('3', { parent: '1', usage: { input: 200, output: 20 } });
  const loop = entryOf('1', { usage: { input: 300, output: 30 } });
  assert.deepEqual(settled([first, second, loop]), ['bill', 'bill', 'aggregate']);
});

test('agents, chains and tools with counts are aggregates, and those without have nothing to do with cost', () => {
  assert.deepEqual(settled([entryOf('1', { kind: 'agent' })]), ['aggregate']);
  assert.deepEqual(settled([entryOf('1', { kind: 'tool', usage: {} })]), ['none']);
});

test('a call seen in an earlier batch is billed there, and a repeated request bills the same span again', () => {
  const table = createTable();
  const first = () => entryOf('1', { responseId: 'msg_abcdefgh' });
  assert.deepEqual(settled([first()], table), ['bill']);
  assert.deepEqual(settled([entryOf('2', { responseId: 'msg_abcdefgh' })], table), [
    'duplicate of 1',
  ]);
  assert.deepEqual(settled([first()], table), ['bill']);
});

test('a repeat that brings a richer span of the same call bills the span that was billed before', () => {
  const table = createTable();
  const first = () => entryOf('1', { responseId: 'msg_abcdefgh' });
  const rich = entryOf('2', {
    responseId: 'msg_abcdefgh',
    usage: { input: 100, output: 10, cacheRead: 50 },
  });
  settled([first()], table);
  assert.deepEqual(settled([rich, first()], table), ['duplicate of 1', 'bill']);
  const order = entryOf('2', { responseId: 'msg_abcdefgh', usage: { ...rich.call.usage } });
  assert.deepEqual(settled([first(), order], table), ['bill', 'duplicate of 1']);
});

test('a wrapper without an id that comes a batch later is a duplicate of the call right below it', () => {
  const table = createTable();
  settled([entryOf('2', { parent: '1', responseId: 'msg_abcdefgh' })], table);
  assert.deepEqual(settled([entryOf('1', {})], table), ['duplicate of 2']);
  assert.deepEqual(settled([entryOf('1', { usage: { input: 7, output: 7 } })], table), ['bill']);
});

test('a call that comes a batch after a wrapper without an id is a duplicate of it', () => {
  const table = createTable();
  assert.deepEqual(settled([entryOf('1', {})], table), ['bill']);
  const call = () => entryOf('2', { parent: '1', responseId: 'msg_abcdefgh' });
  assert.deepEqual(settled([call()], table), ['duplicate of 1']);
  // Repeated requests come to the same, and so does a third span of the call.
  assert.deepEqual(settled([entryOf('1', {})], table), ['bill']);
  assert.deepEqual(settled([call()], table), ['duplicate of 1']);
  assert.deepEqual(settled([entryOf('3', { responseId: 'msg_abcdefgh' })], table), [
    'duplicate of 1',
  ]);
  const other = entryOf('4', { parent: '1', usage: { input: 7, output: 7 } });
  assert.deepEqual(settled([other], table), ['bill']);
});

test('calls alike below one span that is no call are two, in whatever batch they come', () => {
  const table = createTable();
  assert.deepEqual(settled([entryOf('2', { parent: '1' })], table), ['bill']);
  assert.deepEqual(settled([entryOf('3', { parent: '1' })], table), ['bill']);
});

test('an id too short to be random names a call only together with its counts', () => {
  for (const responseId of ['chatcmpl-A1', 'koboldcpp', 'foobarbaz', 'chatcmpl-None']) {
    const table = createTable();
    assert.deepEqual(settled([entryOf('1', { responseId })], table), ['bill']);
    const other = { responseId, usage: { input: 101, output: 10 } };
    assert.deepEqual(settled([entryOf('2', other)], table), ['bill']);
    assert.deepEqual(settled([entryOf('3', { responseId })], table), ['duplicate of 1']);
  }
});

test('calls that overlap and share an id too short to be random are two where their counts differ', () => {
  const responseId = 'chatcmpl-A1';
  const one = entryOf('1', { responseId, startMs: 0, endMs: 10 });
  const usage = { input: 101, output: 10 };
  const other = entryOf('2', { responseId, usage, startMs: 5, endMs: 15 });
  assert.deepEqual(settled([one, other]), ['bill', 'bill']);
});

test('ids that servers count up are not taken for unique', () => {
  const table = createTable();
  settled([entryOf('1', { responseId: 'chatcmpl-123' })], table);
  assert.deepEqual(settled([entryOf('2', { responseId: 'chatcmpl-123' })], table), ['bill']);
});

test('a span that cannot be priced claims nothing and yields to one that was', () => {
  const table = createTable();
  const responseId = 'msg_01abcdefghijklmnop';
  settled([entryOf('1', { responseId, isPriceable: false })], table);
  assert.deepEqual(table.keys, []);
  settled([entryOf('2', { responseId })], table);
  const late = entryOf('3', { responseId, usage: {}, isPriceable: false });
  assert.deepEqual(settled([late], table), ['duplicate of 2']);
});

test('calls that a replaying server gave one id are told apart by time and counts', () => {
  const id = { responseId: 'msg_abcdefghijklmnopqrstuv' };
  const first = entryOf('1', { ...id, startMs: 0, endMs: 5, usage: { input: 17, output: 9 } });
  const second = entryOf('2', { ...id, startMs: 7, endMs: 9, usage: { input: 1217, output: 9 } });
  const inner = entryOf('3', { ...id, startMs: 8, endMs: 9, usage: { input: 1217, output: 8 } });
  assert.deepEqual(settled([first, second, inner]), ['bill', 'bill', 'duplicate of 2']);
});

test('a loop of parents ends', () => {
  const a = entryOf('1', { parent: '2', usage: { input: 1, output: 1 } });
  const b = entryOf('2', { parent: '1', usage: { input: 2, output: 2 } });
  assert.deepEqual(settled([a, b]), ['bill', 'bill']);
});

test("a span of the provider's own SDK is billed before a richer one that read its answer", () => {
  const usage = { input: 100, output: 11, total: 111, cacheRead: 50, reasoning: 5 };
  const wrapper = entryOf('1', { responseId: 'msg_abcdefghijklmnopqrstuv', usage });
  const native = entryOf('2', { responseId: 'msg_abcdefghijklmnopqrstuv', isFirstHand: true });
  assert.deepEqual(settled([wrapper, native]), ['duplicate of 2', 'bill']);
});

const seen = { model: 'gpt-4o', startMs: 10, endMs: 50 };

test('a call that two scopes saw at the same time with the same counts and model is one, where one tells no id', () => {
  const handler = entryOf('1', { ...seen, scope: 'langchain', startMs: 8, endMs: 51 });
  const client = entryOf('2', { ...seen, scope: 'openai', responseId: 'chatcmpl-abcdefgh' });
  client.call.responseModel = 'gpt-4o-2024-08-06';
  assert.deepEqual(settled([handler, client]), ['bill', 'duplicate of 1']);
});

for (const [what, other] of [
  ['another time', { startMs: 40, endMs: 90 }],
  ['another model', { model: 'o4-mini' }],
  ['other counts', { usage: { input: 100, output: 11 } }],
  ['the same scope', { scope: 'langchain' }],
] as const) {
  test(`two spans without ids that show ${what} are two calls`, () => {
    const handler = entryOf('1', { ...seen, scope: 'langchain' });
    const client = entryOf('2', { ...seen, scope: 'openai', ...other });
    assert.deepEqual(settled([handler, client]), ['bill', 'bill']);
  });
}

test('two parallel calls that two scopes saw alike are two calls, not one or three', () => {
  const spans = ['1', '2'].flatMap((id) => [
    entryOf(id, { ...seen, scope: 'langchain' }),
    entryOf(`${id}0`, { ...seen, scope: 'openai', responseId: `chatcmpl-abcdefg${id}` }),
  ]);
  assert.deepEqual(settled(spans), ['bill', 'duplicate of 1', 'bill', 'duplicate of 2']);
});

test('calls that a server gave two ids are two calls, however alike', () => {
  const first = entryOf('1', { ...seen, scope: 'langchain', responseId: 'chatcmpl-aaaaaaaa' });
  const second = entryOf('2', { ...seen, scope: 'openai', responseId: 'chatcmpl-bbbbbbbb' });
  assert.deepEqual(settled([first, second]), ['bill', 'bill']);
});
