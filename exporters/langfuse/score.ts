import { createHash } from 'node:crypto';
import type { Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';

/** Body of `POST /api/public/scores`. */
export interface Score {
  /** The same for the same evaluation result, so that sending it again replaces it. */
  readonly id: string;
  readonly traceId: string;
  readonly observationId?: string;
  readonly name: string;
  readonly value: number | string;
  readonly dataType: 'NUMERIC' | 'CATEGORICAL';
  readonly comment?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The event of OTel's GenAI semantic conventions that carries one result of an evaluation. */
const evaluationEvent = 'gen_ai.evaluation.result';

/** Hex digits of an id: as many as a trace id has. */
const idLength = 32;

/**
 * Creates the reader of evaluation results from log records. Undefined for any other record, and for a result that names
 * neither a trace nor a value: Langfuse has no place for those.
 */
export function createScoreReader(keys: Keys): (record: Item) => Score | undefined {
  const eventName = keys.key('event.name');
  const nameKey = keys.key('gen_ai.evaluation.name');
  const valueKey = keys.key('gen_ai.evaluation.score.value');
  const labelKey = keys.key('gen_ai.evaluation.score.label');
  const explanationKey = keys.key('gen_ai.evaluation.explanation');
  return (record) => {
    const { attributes, traceId, spanId } = record;
    if ((record.name || attributes.string(eventName)) !== evaluationEvent) return undefined;
    const label = attributes.string(labelKey);
    const number = attributes.number(valueKey);
    // JSON has neither NaN nor infinities.
    const value = Number.isFinite(number) ? number : label;
    if (traceId.isEmpty || value === undefined) return undefined;
    const name = attributes.string(nameKey) ?? 'evaluation';
    const comment = attributes.string(explanationKey);
    const isNumber = typeof value === 'number';
    const time = record.startTimeUnixNano;
    return {
      id: toId([traceId.hex(), spanId.hex(), name, time.toString()]),
      traceId: traceId.hex(),
      ...(spanId.isEmpty ? {} : { observationId: spanId.hex() }),
      name,
      value,
      dataType: isNumber ? 'NUMERIC' : 'CATEGORICAL',
      ...(comment === undefined ? {} : { comment }),
      ...(isNumber && label !== undefined ? { metadata: { label } } : {}),
    };
  };
}

function toId(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, idLength);
}
