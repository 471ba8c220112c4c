import type { Batch, BatchReader } from '../batch/batch.ts';
import { concatenate } from '../batch/concatenate.ts';
import type { Keys } from '../batch/key.ts';
import type { QuickCounter } from '../batch/quick-count.ts';
import type { Stamp } from '../component/receiver.ts';
import type { ItemLimits, Trimmed } from '../batch/trim.ts';
import { PartError } from './chain.ts';
import type { Chain } from './chain.ts';
import type { TaskCounters } from './counters.ts';
import { toProtobuf } from './to-protobuf.ts';
import { refusalOf, unprocessable } from './refusal.ts';
import type {
  PartFailure,
  DropCount,
  RequestForm,
  StageAnswer,
  StageTask,
  Summary,
  TaskVerdict,
} from './task.ts';

/** What one thread needs to run stage tasks. */
export interface StageTools {
  readonly chains: readonly Chain[];
  readonly reader: BatchReader;
  readonly quick: QuickCounter;
  readonly keys: Keys;
  readonly counters: TaskCounters;
  readonly limits: ItemLimits | undefined;
}

/** What has come out of a task so far. */
interface Output {
  readonly chunks: Uint8Array[];
  items: number;
  readonly received: number[];
  invalid: number;
  unprocessable: number;
  readonly drops: DropCount[];
  readonly summaries: Summary[];
  readonly failures: PartFailure[];
  readonly trimmed: Trimmed[];
  /** By request; a hole means accepted whole. */
  readonly verdicts: (TaskVerdict | undefined)[];
  /** Whether every request left as the very bytes that came. */
  isUntouched: boolean;
}

/** Makes the function that runs a chain over each request of a task. A bad request fails alone. */
export function createStageRunner(tools: StageTools): (task: StageTask) => StageAnswer {
  return (task) => {
    const chain = tools.chains[task.chain];
    if (chain === undefined) throw new Error(`no chain ${String(task.chain)}`);
    const output = createOutput();
    let start = 0;
    for (let index = 0; index < task.ends.length; index += 1) {
      const end = task.ends[index] ?? start;
      const body = task.ends.length === 1 ? task.bytes : task.bytes.subarray(start, end);
      const form = task.forms?.[index];
      const isTaken = form === undefined && chain.isEmpty && takeUnread(tools, chain, body, output);
      const verdict = isTaken ? undefined : readRequest(tools, chain, { body, form }, output);
      if (verdict !== undefined) output.verdicts[index] = verdict;
      start = end;
    }
    return toAnswer(task, output, tools.counters);
  };
}

/** Takes a good request of a chain that has nothing to do to it, without the index that only parts need. */
function takeUnread(tools: StageTools, chain: Chain, body: Uint8Array, output: Output): boolean {
  const items = tools.quick.count(chain.signal, body);
  if (items <= 0) return false;
  output.received.push(items);
  output.items += items;
  output.chunks.push(body);
  return true;
}

interface TaskRequest {
  readonly body: Uint8Array;
  readonly form: RequestForm | undefined;
}

function readRequest(
  tools: StageTools,
  chain: Chain,
  { body, form }: TaskRequest,
  output: Output,
): TaskVerdict | undefined {
  let source: Uint8Array;
  let batch: Batch;
  try {
    source = form === undefined ? body : toProtobuf(chain.signal, body, form);
    batch = tools.reader.open(chain.signal, source);
    trim(batch, tools, output);
  } catch (error) {
    output.isUntouched = false;
    output.received.push(0);
    return refusalOf(error);
  }
  if (source !== body) output.isUntouched = false;
  const { items: rejected, message } = batch.rejected;
  const received = batch.items + rejected;
  output.received.push(received);
  try {
    if (form !== undefined && form.stamps.length > 0) stampAll(batch, form.stamps, tools.keys);
    runChain(chain, batch, source, output);
    tools.counters.keep();
  } catch (error) {
    tools.counters.forget();
    output.failures.push(toFailure(error));
    output.isUntouched = false;
    output.unprocessable += received;
    return unprocessable();
  }
  output.invalid += rejected;
  return rejected === 0 ? undefined : { kind: 'accepted', rejectedItems: rejected, message };
}

function trim(batch: Batch, { limits }: StageTools, output: Output): void {
  const trimmed = limits === undefined ? undefined : batch.trim(limits);
  if (trimmed !== undefined) output.trimmed.push(trimmed);
}

/** Says whose error it is and where it was thrown, without its message: that may quote the content. */
function toFailure(error: unknown): PartFailure {
  const cause = error instanceof PartError ? error.cause : error;
  const component = error instanceof PartError ? error.component : 'engine';
  if (!(cause instanceof Error)) return { component, error: typeof cause };
  const frames = (cause.stack ?? '').split(cause.message).at(-1) ?? '';
  const [first = ''] = /\bat .*/.exec(frames) ?? [];
  return { component, error: `${cause.constructor.name} ${first}` };
}

/** Adds to the output only once the whole chain has succeeded: what failed half-way is never written anywhere. */
function runChain(chain: Chain, batch: Batch, source: Uint8Array, output: Output): void {
  const drops: DropCount[] = [];
  const summaries: Summary[] = [];
  chain.run(batch, drops, summaries);
  const { items } = batch;
  if (items > 0) {
    const encoded = batch.encode();
    output.chunks.push(encoded);
    if (encoded !== source) output.isUntouched = false;
    output.items += items;
  } else output.isUntouched = false;
  output.drops.push(...drops);
  output.summaries.push(...summaries);
}

function stampAll(batch: Batch, stamps: readonly Stamp[], keys: Keys): void {
  for (const item of batch) {
    for (const stamp of stamps) item.resource.setString(keys.key(stamp.key), stamp.value);
  }
}

function createOutput(): Output {
  return {
    chunks: [],
    items: 0,
    received: [],
    invalid: 0,
    unprocessable: 0,
    drops: [],
    summaries: [],
    failures: [],
    trimmed: [],
    verdicts: [],
    isUntouched: true,
  };
}

function toAnswer(task: StageTask, output: Output, counters: TaskCounters): StageAnswer {
  const deltas = counters.take();
  return {
    bytes: output.isUntouched ? task.bytes : join(output.chunks),
    isExclusive: !output.isUntouched,
    items: output.items,
    received: output.received,
    invalid: output.invalid,
    unprocessable: output.unprocessable,
    ...(output.drops.length > 0 && { drops: output.drops }),
    ...(output.verdicts.length > 0 && { verdicts: output.verdicts }),
    ...(deltas !== undefined && { counters: deltas }),
    ...(output.summaries.length > 0 && { summaries: output.summaries }),
    ...(output.trimmed.length > 0 && { trimmed: output.trimmed }),
    ...(output.failures.length > 0 && { failures: output.failures }),
  };
}

const nothing = new Uint8Array(0);

/** Requests end to end are one request. The result owns its memory, so that it can be transferred or kept. */
function join(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 0) return nothing.slice();
  const [only] = chunks;
  if (chunks.length === 1 && only?.byteLength === only?.buffer.byteLength && only !== undefined) {
    return only;
  }
  return concatenate(chunks);
}
