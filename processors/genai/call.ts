import type { Attributes } from '../../pipeline/batch/batch.ts';
import { type CallTexts, textFields, Texts } from './call-texts.ts';
import type { Kind } from './operation.ts';
import { clearUsage, createUsage, type Usage, type UsageRule } from './usage.ts';

/** Counts and finish reasons of a call as attributes have them, for what writes them. */
export interface Standing {
  /** Counts that stand under their canonical keys as ints. */
  readonly counts: Usage;
  /** Finish reasons that stand under their canonical key as an array. */
  finishReasons: readonly string[] | undefined;
  /** Whether a canonical count holds what is none: negative, NaN, or a word. */
  hasBadCount: boolean;
}

/**
 * What one span says about a call, whatever dialect it is written in. One object serves span after span: readers fill
 * fields that are still undefined, so that the first source wins.
 */
export type Call = CallFields & CallTexts;

class CallFields {
  /** By place in `textFields`: tables of keys reach a text so, dialects by its name. */
  readonly texts = new Texts();
  kind: Kind | undefined;
  finishReasons: string[] | undefined;
  tags: string[] | undefined;
  /** Seconds from the start to the first chunk of a streamed answer. */
  timeToFirstChunk: number | undefined;
  stream: boolean | undefined;
  /** Length of the call, where the span is a mark at its end. */
  durationMs: number | undefined;
  /** USD, as the emitter reported it; never 0. */
  providedCost: number | undefined;
  readonly usage: Usage = createUsage();
  /** What the dialect knows about its own counts; the rule table answers where it is undefined. */
  usageRule: UsageRule | undefined;
  /** Whether the usage repeats or sums that of other spans, whatever the kind says. */
  isAggregate = false;
  /** Whether the emitter guessed the counts instead of reading them from the provider's answer. */
  isEstimated = false;
  /** As the span came. */
  readonly standing: Standing = {
    counts: createUsage(),
    finishReasons: undefined,
    hasBadCount: false,
  };

  static {
    for (const [place, field] of textFields.entries()) {
      Object.defineProperty(this.prototype, field, {
        get(this: CallFields) {
          return this.texts.get(place);
        },
        set(this: CallFields, text: string | undefined) {
          this.texts.set(place, text);
        },
      });
    }
  }
}

/** An empty call. */
export function createCall(): Call {
  // The class defines a property for each of the texts.
  return new CallFields() as Call;
}

/** Empties a call for the next span, which has these attributes. */
export function clearCall(call: Call, attributes: Attributes): void {
  call.texts.clear(attributes);
  call.kind = undefined;
  call.finishReasons = undefined;
  call.tags = undefined;
  call.timeToFirstChunk = undefined;
  call.stream = undefined;
  call.durationMs = undefined;
  call.providedCost = undefined;
  clearUsage(call.usage);
  call.usageRule = undefined;
  call.isAggregate = false;
  call.isEstimated = false;
  clearStanding(call.standing);
}

function clearStanding(standing: Standing): void {
  clearUsage(standing.counts);
  standing.finishReasons = undefined;
  standing.hasBadCount = false;
}
