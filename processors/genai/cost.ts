import type { Call } from './call.ts';
import type { GenaiConfig } from './config.ts';
import { isInference } from './operation.ts';
import { unsetFraction } from './unset-fraction.ts';
import { createPriceBook, type PriceSources } from './prices/price-book.ts';
import {
  createQuote,
  createQuoter,
  type Quote,
  refuse,
  type UnpricedReason,
} from './prices/quote.ts';

/**
 * What a call costs: a price of ours, one that the emitter reported (`total`; `own` is ours beside it, where wanted), or why
 * there is none. One object serves span after span.
 */
export interface Cost {
  status: 'priced' | 'provided' | 'unpriced';
  /** '' where there is a cost. */
  reason: UnpricedReason | '';
  /** USD, where there is a cost. */
  total: number;
  /** The quote; it says what the call costs by our prices where its status is `priced`. */
  readonly own: Quote;
}

/** A span to be priced. */
interface PricedSpan {
  readonly call: Call;
  readonly startMs: number;
  readonly server: string;
}

/** Prices the spans of a worker. */
export interface Pricer {
  /** Whether prices depend on `server.address`. */
  readonly usesServer: boolean;
  price(span: PricedSpan, into: Cost): void;
}

/** A cost with nothing in it. */
export function createCost(): Cost {
  return { status: 'unpriced', reason: 'no_usage', total: unsetFraction, own: createQuote() };
}

/** Creates the pricer of a worker. */
export function createPricer(config: GenaiConfig, sources: PriceSources): Pricer {
  const book = createPriceBook(sources, config);
  const quoter = createQuoter(book, fallbackOf(config));
  return {
    usesServer: book.usesServer,
    price: ({ call, startMs, server }, cost) => {
      if (!isInference(call.kind)) {
        refuse(cost.own, 'no_usage');
        takeOwn(cost);
        return;
      }
      const provided = config.provided_cost === 'recompute' ? undefined : call.providedCost;
      if (provided === undefined) {
        quoter.quote(call, startMs, server, cost.own);
        takeOwn(cost);
        return;
      }
      if (config.provided_cost === 'add_beside') quoter.quote(call, startMs, server, cost.own);
      else refuse(cost.own, 'no_usage');
      cost.status = 'provided';
      cost.reason = '';
      cost.total = provided;
    },
  };
}

function fallbackOf(config: GenaiConfig): string | undefined {
  return config.unknown_model === 'fallback' ? config.fallback_model : undefined;
}

function takeOwn(cost: Cost): void {
  cost.status = cost.own.status;
  cost.reason = cost.own.reason;
  cost.total = cost.own.total;
}
