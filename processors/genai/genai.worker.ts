import type { Batch, Item } from '../../pipeline/batch/batch.ts';
import {
  defineTransform,
  type Transform,
  type TransformDefinition,
  type WorkerContext,
} from '../../pipeline/component/transform.ts';
import { TableKey } from '../../pipeline/component/table-key.ts';
import { createBilling } from './billing.ts';
import { createCall } from './call.ts';
import { type Canonicaliser, createCanonicaliser, type Reading } from './canonicalise.ts';
import type { GenaiConfig, GenaiPrepared } from './config.ts';
import { type Cost, createCost, createPricer } from './cost.ts';
import { createCostWriter } from './cost-writer.ts';
import { unsetFraction } from './unset-fraction.ts';
import { createSpanIds } from './span-ids.ts';
import { createTally, type Tally } from './tally.ts';

/** A span with what it costs, reused batch after batch. */
interface Row extends Reading {
  /** `server.address`, '' where nobody asks for it. */
  server: string;
  readonly cost: Cost;
}

/** The worker part of `genai`: canonical attributes on every GenAI span, and a cost on one span of every call. */
export const genaiTransform: TransformDefinition = defineTransform<GenaiConfig, GenaiPrepared>({
  type: 'genai',
  create: createGenaiTransform,
});

function createGenaiTransform(
  config: GenaiConfig,
  prepared: GenaiPrepared,
  context: WorkerContext,
): Transform {
  const tally = createTally(context);
  const canonicaliser = createCanonicaliser(config, context.keys, tally);
  const pricer = createPricer(config, prepared.prices);
  const serverKey = context.keys.key('server.address');
  const settle = createBilling(context.sharedTable('billed_calls'), (result) => {
    tally.claim(result);
  });
  // Enrichment that fails must not cost the data: such a span goes on as far as it was written, and is counted.
  const read = (span: Item, row: Row): boolean => {
    try {
      return canonicaliser.read(span, row);
    } catch {
      tally.failed();
      return false;
    }
  };
  const appraise = (row: Row): boolean => {
    try {
      canonicaliser.normalise(row);
      pricer.price(row, row.cost);
      row.isPriceable = row.cost.status !== 'unpriced';
      return true;
    } catch {
      tally.failed();
      return false;
    }
  };
  const write = createRowWriter(canonicaliser, context, tally);
  const pool: Row[] = [];
  const rows: Row[] = [];
  // Each step goes over all spans before the next: one that is small enough stays in the processor's caches.
  return (batch) => {
    rows.length = 0;
    for (const span of batch) {
      const row = (pool[rows.length] ??= createRow());
      if (!read(span, row)) continue;
      row.server = pricer.usesServer ? (span.attributes.string(serverKey) ?? '') : '';
      rows.push(row);
    }
    let known = 0;
    for (const row of rows) if (appraise(row)) rows[known++] = row;
    rows.length = known;
    if (known > 0) {
      settle(rows);
      visit(batch, rows, write);
    }
    tally.flush();
    if (pool.length > maxPooledRows) pool.length = maxPooledRows;
  };
}

/** Writes what was found of a call on its span; what fails goes on as far as it was written, and is counted. */
function createRowWriter(
  canonicaliser: Canonicaliser,
  { keys }: WorkerContext,
  tally: Tally,
): (span: Item, row: Row) => void {
  const writeCost = createCostWriter(keys);
  const costSource = keys.key('genai.cost.source');
  return (span, row) => {
    try {
      canonicaliser.write(span, row);
      const status = writeCost(span, row, row.cost);
      if (status === 'priced' && row.call.isEstimated) {
        span.attributes.setString(costSource, 'estimated');
      }
      canonicaliser.strip(span, row);
      if (status !== undefined) tally.cost(status, reasonOf(row));
    } catch {
      tally.failed();
    }
  };
}

/** Rows kept between batches; a larger batch makes its own and lets them go. */
const maxPooledRows = 4096;

function createRow(): Row {
  return {
    call: createCall(),
    dialect: undefined,
    convention: undefined,
    ordinal: 0,
    scope: '',
    version: '',
    isFirstHand: false,
    ids: createSpanIds(),
    startMs: unsetFraction,
    endMs: unsetFraction,
    isIdentified: false,
    responseKey: new TableKey(),
    hasReusedId: false,
    isPriceable: false,
    bill: 'none',
    duplicateOf: 0n,
    better: undefined,
    belowInput: 0,
    belowOutput: 0,
    server: '',
    cost: createCost(),
  };
}

function reasonOf(row: Row): string {
  return row.bill === 'bill' ? row.cost.reason : '';
}

/** Visits the spans of a batch again that have a row; rows are in the batch's order. */
function visit(batch: Batch, rows: readonly Row[], write: (span: Item, row: Row) => void): void {
  let next = 0;
  for (const span of batch) {
    const row = rows[next];
    if (row === undefined) return;
    if (row.ordinal !== span.ordinal) continue;
    write(span, row);
    next++;
  }
}
