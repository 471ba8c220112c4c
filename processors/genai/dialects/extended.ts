import type { Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import type { DialectReader } from './dialect.ts';
import type { FieldKeys } from './fields.ts';
import { createSemconvReader } from './otel.ts';

/**
 * The reader of a dialect that is semconv with other spellings beside it: `fields` fill what semconv's keys left open,
 * `adjust` has the last word.
 */
export function extendSemconv(
  fields: FieldKeys,
  adjust?: (call: Call) => void,
): (keys: Keys) => DialectReader {
  return (keys) => {
    const semconv = createSemconvReader(keys, { after: fields });
    return {
      originals: semconv.originals,
      read: (span, call) => {
        semconv.read(span, call);
        adjust?.(call);
      },
      readContent: semconv.readContent,
    };
  };
}
